#include "client/commands/support.h"

#include "absl/strings/match.h"
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
      session.out() << ToJson(message);
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

void PrintList(Session& session, const google::protobuf::Message& message, const Table& table,
               const std::vector<std::string>& names, const std::string& empty) {
  if (PrintForPrograms(session, message, table, names)) return;
  if (table.empty()) {
    session.Note(empty);
    return;
  }
  session.out() << table.Render(session.table_width(), session.out_style());
}

absl::Status WriteAndSay(Session& session, const std::string& path, const std::string& content) {
  absl::Status status = WriteFileAtomically(AbsolutePath(path, session.cwd()), content);
  if (!status.ok()) return WithNext(status, "free some space, or name another place for it");
  session.Note("wrote " + path);
  return status;
}

absl::Status SweepError(absl::Status status) {
  if (absl::IsNotFound(status))
    return WithNext(status, "ffctl sweep list   (or first: ffctl train)");
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
