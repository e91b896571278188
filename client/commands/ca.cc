// ffctl ca init | issue: certificates for the coordinator and for workers.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/certificates.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/print/numbers.h"

namespace ff::client {
namespace {

constexpr absl::Duration kAuthorityLifetime = absl::Hours(24 * 3650);
constexpr absl::Duration kLifetime = absl::Hours(24 * 365);

// A name becomes a file's name and is compared by others: no slashes, no surprises.
absl::Status CheckName(const std::string& name) {
  const bool sound = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_' || c == ':';
  });
  if (sound && !name.empty() && name[0] != '.' && name.size() <= 64) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "'", name,
      "' is no name: 1 to 64 letters, digits and .-_: (for addresses), not first a dot"));
}

absl::StatusOr<absl::Duration> LifetimeOf(const Arguments& arguments, absl::Duration otherwise) {
  if (!arguments.Has("lifetime")) return otherwise;
  const absl::StatusOr<absl::Duration> time = ParseTime(arguments.Get("lifetime"));
  if (time.ok() && *time > absl::ZeroDuration() && *time < absl::InfiniteDuration()) return time;
  return absl::InvalidArgumentError("--lifetime is a time such as 90d or 8h");
}

std::string Folder(const Session& session, const Arguments& arguments) {
  return AbsolutePath(arguments.Get("folder", "ca"), session.cwd());
}

absl::Status Write(const std::string& path, const KeyPair& pair) {
  for (const char* ending : {".pem", ".key"}) {
    std::error_code error;
    if (!std::filesystem::exists(path + ending, error)) continue;
    return absl::AlreadyExistsError(
        absl::StrCat(path, ending, " is there already, and is left alone\nmove it away first"));
  }
  if (absl::Status status = WriteSecretFile(path + ".key", pair.key); !status.ok()) return status;
  return WriteFileAtomically(path + ".pem", pair.certificate);
}

absl::StatusOr<Exit> Init(Session& session, const Arguments& arguments) {
  const absl::StatusOr<absl::Duration> lifetime = LifetimeOf(arguments, kAuthorityLifetime);
  if (!lifetime.ok()) return lifetime.status();
  const auto pair =
      MakeAuthority(arguments.Get("name", "flops-fit authority"), absl::Now(), *lifetime);
  if (!pair.ok()) return pair.status();
  const std::string path = Folder(session, arguments) + "/ca";
  if (absl::Status status = Write(path, *pair); !status.ok()) return status;
  session.Note(
      absl::StrCat("wrote ", path, ".pem, which everybody may have, and ", path,
                   ".key, which signs: keep it off the other hosts\n  next: ffctl ca issue "
                   "server HOST"));
  return Exit::kOk;
}

absl::StatusOr<Exit> Issue(Session& session, const Arguments& arguments) {
  const std::string& kind = arguments.words[0];
  if (kind != "server" && kind != "worker") {
    return absl::InvalidArgumentError(
        "what is it for? ffctl ca issue server NAME... | worker NAME");
  }
  const std::vector<std::string> names(arguments.words.begin() + 1, arguments.words.end());
  for (const std::string& name : names) {
    if (absl::Status status = CheckName(name); !status.ok()) return status;
  }
  if (kind == "worker" && names.size() != 1) {
    return absl::InvalidArgumentError("a worker's certificate has one name, the worker's");
  }
  const absl::StatusOr<absl::Duration> lifetime = LifetimeOf(arguments, kLifetime);
  if (!lifetime.ok()) return lifetime.status();
  const std::string folder = Folder(session, arguments);
  KeyPair authority;
  absl::StatusOr<std::string> text = ReadFile(folder + "/ca.pem");
  if (text.ok()) authority.certificate = *text;
  if (text.ok()) text = ReadFile(folder + "/ca.key");
  if (!text.ok()) return WithNext(text.status(), "ffctl ca init");
  authority.key = *text;
  const auto use = kind == "server" ? CertificateUse::kServer : CertificateUse::kWorker;
  const auto pair = IssueCertificate(authority, use, names, absl::Now(), *lifetime);
  if (!pair.ok()) return pair.status();
  const std::string path = absl::StrCat(folder, "/", names[0]);
  if (absl::Status status = Write(path, *pair); !status.ok()) return status;
  session.Note(absl::StrCat(
      "wrote ", path, ".pem and ", path, ".key\n  next: ",
      kind == "server" ? absl::StrCat("ff-coordinator tls.certificate=", path,
                                      ".pem tls.key=", path, ".key access.authentication=required")
                       : absl::StrCat("ff-worker tls.ca=ca.pem tls.certificate=", names[0],
                                      ".pem tls.key=", names[0], ".key   (on that host)")));
  return Exit::kOk;
}

std::vector<Flag> CaFlags() {
  return {{"--folder", "DIR", "where the authority's files lie, default ./ca", false, {}},
          {"--lifetime", "TIME", "how long it is good for, such as 90d", false, {}}};
}

}  // namespace

Command CaInitCommand() {
  return {.noun = "ca",
          .verb = "init",
          .summary = "Make a certificate authority for coordinator and workers",
          .flags = With({{"--name", "TEXT", "its common name", false, {}}}, CaFlags()),
          .examples = {"ffctl ca init"},
          .run = Init};
}

Command CaIssueCommand() {
  return {.noun = "ca",
          .verb = "issue",
          .summary = "Make a certificate: for the coordinator's names, or for a worker",
          .words = "server|worker NAME...",
          .min_words = 2,
          .max_words = -1,
          .flags = CaFlags(),
          .examples = {"ffctl ca issue server lab.example 10.0.0.5", "ffctl ca issue worker node7"},
          .run = Issue};
}

}  // namespace ff::client
