#include <algorithm>

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

absl::StatusOr<LogPart> Session::ReadLog(int64_t attempt_id, int64_t from_byte, absl::Time since) {
  Statement row(*db_, "SELECT end_byte, piece, time FROM logs WHERE attempt = ? ORDER BY end_byte");
  row.Bind(attempt_id);
  LogPart part;
  const int64_t earliest = since == absl::InfinitePast() ? -1 : absl::ToUnixMicros(since);
  while (row.Next()) {
    part.end_byte = row.Int();
    const std::string piece = row.Text();
    if (part.end_byte <= from_byte || row.Int() < earliest) continue;
    const int64_t begin = part.end_byte - static_cast<int64_t>(piece.size());
    part.text += piece.substr(static_cast<size_t>(std::max<int64_t>(from_byte - begin, 0)));
  }
  if (!row.status().ok()) return row.status();
  if (part.text.size() > kLogBytes) part.text.erase(0, part.text.size() - kLogBytes);
  return part;
}

absl::Status Session::AppendLog(int64_t attempt_id, const std::string& text, absl::Time now) {
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

  Statement insert(*db_, "INSERT INTO logs (attempt, end_byte, piece, time) VALUES (?, ?, ?, ?)");
  insert.Bind(attempt_id, end).BindBlob(fresh).Bind(now);
  if (absl::Status status = insert.Run(); !status.ok()) return status;
  Statement trim(*db_, "DELETE FROM logs WHERE attempt = ? AND end_byte <= ?");
  trim.Bind(attempt_id, end - kLogBytes);
  return trim.Run();
}

}  // namespace ff::storage
