#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/session.h"
#include "server/storage/sqlite/words.h"

namespace ff::storage {

absl::StatusOr<std::vector<FitDue>> Session::ListFitsDue() {
  Statement row(*db_,
                "SELECT s.id, s.state, d.marks FROM fits_due d JOIN sweeps s ON s.key = d.sweep"
                " ORDER BY d.sweep");
  std::vector<FitDue> due;
  while (row.Next()) {
    FitDue& one = due.emplace_back();
    one.sweep_id = row.Text();
    one.sweep_state = SweepStateOf(row.Text());
    one.marks = row.Int();
  }
  if (!row.status().ok()) return row.status();
  return due;
}

absl::StatusOr<bool> Session::IsFitDue(const std::string& sweep_id) {
  Statement row(*db_, "SELECT 1 FROM fits_due d JOIN sweeps s ON s.key = d.sweep WHERE s.id = ?");
  row.Bind(sweep_id);
  const bool due = row.Next();
  if (!row.status().ok()) return row.status();
  return due;
}

absl::Status Session::MarkFitDue(const std::string& sweep_id) {
  Statement insert(*db_,
                   "INSERT INTO fits_due (sweep, marks) SELECT key, 1 FROM sweeps WHERE id = ?"
                   " ON CONFLICT (sweep) DO UPDATE SET marks = marks + 1");
  insert.Bind(sweep_id);
  return insert.RunOnRow(absl::StrCat("sweep ", sweep_id));
}

absl::Status Session::ClearFitDue(const std::string& sweep_id, int64_t marks) {
  Statement remove(*db_,
                   "DELETE FROM fits_due WHERE marks = ?"
                   " AND sweep = (SELECT key FROM sweeps WHERE id = ?)");
  remove.Bind(marks, sweep_id);
  return remove.Run();
}

}  // namespace ff::storage
