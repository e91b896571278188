// ffctl backup.
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/print/numbers.h"

namespace ff::client {
namespace {

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const std::string path = AbsolutePath(arguments.words[0], session.cwd());
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    return Fail(absl::StatusCode::kAlreadyExists, absl::StrCat(path, " exists"),
                "a backup goes into a new file", "name another file, or remove this one");
  }
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  NewFile file(path);
  int64_t bytes = 0, expected = 0;
  absl::Status status = (*client)->Backup([&](const std::string& piece, int64_t total) {
    bytes += static_cast<int64_t>(piece.size());
    expected = total;
    return file.Append(piece);
  });
  if (status.ok() && (bytes == 0 || bytes != expected)) {
    status = absl::DataLossError(
        absl::StrCat(bytes, " of ", expected, " bytes arrived; nothing was written"));
  }
  if (status.ok()) status = file.Finish();
  if (!status.ok()) return status;
  session.Note(absl::StrCat("wrote ", path, " (", HumanBytes(static_cast<double>(bytes)),
                            ")\n  restore: stop the coordinator, put it in the place of its ",
                            "database, without the -wal and -shm files beside it"));
  return Exit::kOk;
}

}  // namespace

Command BackupCommand() {
  return {.noun = "backup",
          .summary = "Copy the coordinator's database to a file, while it works",
          .words = "FILE",
          .min_words = 1,
          .max_words = 1,
          .examples = {"ffctl backup before-upgrade.db"},
          .details =
              "The copy is the state of one moment, complete and checked by its length. Nothing\n"
              "waits for it: workers report and experiments end meanwhile.",
          .run = Run};
}

}  // namespace ff::client
