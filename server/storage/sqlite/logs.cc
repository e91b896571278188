#include "absl/strings/match.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {

absl::StatusOr<std::string> Session::GetLog(int64_t attempt_id) {
  Statement row(*db_, "SELECT piece FROM logs WHERE attempt = ? ORDER BY end_byte");
  row.Bind(attempt_id);
  std::string text;
  while (row.Next()) text += row.Text();
  if (!row.status().ok()) return row.status();
  if (text.size() > kLogBytes) text.erase(0, text.size() - kLogBytes);
  return text;
}

absl::Status Session::AppendLog(int64_t attempt_id, const std::string& text) {
  Statement last(*db_,
                 "SELECT end_byte, piece FROM logs WHERE attempt = ?"
                 " ORDER BY end_byte DESC LIMIT 1");
  last.Bind(attempt_id);
  int64_t end = 0;
  std::string fresh = text;
  if (last.Next()) {
    end = last.Int();
    const std::string piece = last.Text();
    if (absl::StartsWith(text, piece)) fresh.erase(0, piece.size());
  }
  if (!last.status().ok()) return last.status();
  if (fresh.empty()) return absl::OkStatus();
  end += static_cast<int64_t>(fresh.size());
  if (fresh.size() > kLogBytes) fresh.erase(0, fresh.size() - kLogBytes);

  Statement insert(*db_, "INSERT INTO logs (attempt, end_byte, piece) VALUES (?, ?, ?)");
  insert.Bind(attempt_id, end).BindBlob(fresh);
  if (absl::Status status = insert.Run(); !status.ok()) return status;
  Statement trim(*db_, "DELETE FROM logs WHERE attempt = ? AND end_byte <= ?");
  trim.Bind(attempt_id, end - kLogBytes);
  return trim.Run();
}

}  // namespace ff::storage
