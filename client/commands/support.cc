#include "client/commands/support.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/files.h"
#include "client/print/json.h"

namespace ff::client {

std::string SweepWord(const std::vector<std::string>& words, size_t index) {
  return index < words.size() ? words[index] : kLatest;
}

bool PrintForPrograms(Session& session, const google::protobuf::Message& message,
                      const Table& table, const std::vector<std::string>& names) {
  switch (session.output()) {
    case Output::kJson:
    case Output::kJsonl:
    case Output::kYaml:
      session.PrintData(ToJson(message));
      return true;
    case Output::kCsv:
      session.out() << table.Csv();
      return true;
    case Output::kName:
      for (const std::string& name : names) session.out() << VisibleLine(name) << "\n";
      return true;
    case Output::kTable:
    case Output::kWide:
      break;
  }
  return false;
}

void PrintMessage(Session& session, const google::protobuf::Message& message) {
  if (session.wants_data()) session.PrintData(ToJson(message));
}

absl::Status Confirm(Session& session, const Arguments& arguments, const std::string& what,
                     const std::string& next) {
  if (arguments.Has("yes")) return absl::OkStatus();
  const absl::StatusOr<std::string> answer = session.Ask(absl::StrCat(what, "; go on? [y/N] "));
  if (!answer.ok()) {
    return Fail(absl::StatusCode::kInvalidArgument, what, "nobody is here to confirm it", next);
  }
  if (*answer == "y" || *answer == "yes") return absl::OkStatus();
  return absl::CancelledError("nothing was changed");
}

absl::Status ConfirmByName(Session& session, const Arguments& arguments, const std::string& what,
                           const std::string& name, const std::string& next) {
  if (arguments.Has("yes")) return absl::OkStatus();
  const absl::StatusOr<std::string> answer =
      session.Ask(absl::StrCat(what, "; type ", name, " to go on: "));
  if (!answer.ok()) {
    return Fail(absl::StatusCode::kInvalidArgument, what, "nobody is here to confirm it", next);
  }
  if (*answer == name) return absl::OkStatus();
  return absl::CancelledError("that is not its name; nothing was changed");
}

absl::StatusOr<int64_t> IfVersion(const Arguments& arguments) {
  int64_t version = 0;
  if (!arguments.Has("if-version")) return version;
  if (absl::SimpleAtoi(arguments.Get("if-version"), &version) && version > 0) return version;
  return absl::InvalidArgumentError(absl::StrCat(
      "--if-version is a number above 0, as `ffctl sweep list -o wide` shows it, not '",
      arguments.Get("if-version"), "'"));
}

bool IsDryRun(Session& session, const Arguments& arguments, const std::string& what) {
  if (!arguments.Has("dry-run")) return false;
  session.Note(absl::StrCat("dry run: would ", what, "; nothing was changed"));
  return true;
}

absl::Status WriteAndSay(Session& session, const std::string& path, const std::string& content) {
  absl::Status status = WriteFileAtomically(AbsolutePath(path, session.cwd()), content);
  if (!status.ok()) return WithNext(status, "free some space, or name another place for it");
  session.Note("wrote " + path);
  return status;
}

absl::Status SweepError(absl::Status status) {
  if (absl::IsNotFound(status)) {
    return WithNext(status, "ffctl sweep list   (or first: ffctl train)");
  }
  return status;
}

std::string Plural(int64_t count, const std::string& noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

std::string DashboardUrl(const std::string& http_address) {
  if (http_address.empty()) return "none";
  if (absl::StartsWith(http_address, "http")) return http_address;
  return absl::StrCat("http://", http_address, "/");
}

}  // namespace ff::client
