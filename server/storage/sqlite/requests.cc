#include "server/storage/sqlite/session.h"

namespace ff::storage {

absl::StatusOr<std::string> Session::FindRequest(const std::string& request_id) {
  Statement row(*db_, "SELECT sweep FROM requests WHERE id = ?");
  row.Bind(request_id);
  std::string sweep = row.Next() ? row.Text() : "";
  if (!row.status().ok()) return row.status();
  return sweep;
}

absl::Status Session::AddRequest(const std::string& request_id, const std::string& sweep_id,
                                 absl::Time now, absl::Time forget_before) {
  Statement forget(*db_, "DELETE FROM requests WHERE time < ?");
  forget.Bind(forget_before);
  if (absl::Status status = forget.Run(); !status.ok()) return status;
  Statement insert(*db_, "INSERT INTO requests (id, sweep, time) VALUES (?, ?, ?)");
  insert.Bind(request_id, sweep_id, now);
  return insert.Run();
}

}  // namespace ff::storage
