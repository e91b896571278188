// What belongs to an experiment goes first, then the experiment, at last the sweep: the order
// stands for the checks of references, which are off meanwhile (Store::Remove).
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {
namespace {

// Of `e`, the rows of `experiments` that are meant.
constexpr char kOfSweep[] = "e.sweep = (SELECT key FROM sweeps WHERE id = ?)";

absl::StatusOr<int64_t> Number(Statement& row) {
  const int64_t number = row.Next() ? row.Int() : 0;
  if (!row.status().ok()) return row.status();
  return number;
}

}  // namespace

absl::StatusOr<Holdings> Session::CountHoldings(const std::string& sweep_id,
                                                const std::string& id) {
  const auto count = [&](const char* what, const char* join) -> absl::StatusOr<int64_t> {
    Statement row(*db_, absl::StrCat("SELECT ", what, " FROM experiments e ", join, " WHERE ",
                                     kOfSweep, id.empty() ? "" : " AND e.id = ?"));
    row.Bind(sweep_id);
    if (!id.empty()) row.Bind(id);
    return Number(row);
  };
  Holdings holdings;
  const std::pair<int64_t*, std::pair<const char*, const char*>> parts[] = {
      {&holdings.experiments, {"count(*)", ""}},
      {&holdings.results, {"count(*)", "JOIN results r ON r.experiment = e.key"}},
      {&holdings.attempts, {"count(*)", "JOIN attempts a ON a.experiment = e.key"}},
      {&holdings.measurements,
       {"coalesce(sum(b.count), 0)", "JOIN measurement_batches b ON b.experiment = e.key"}}};
  for (const auto& [number, sql] : parts) {
    absl::StatusOr<int64_t> counted = count(sql.first, sql.second);
    if (!counted.ok()) return counted.status();
    *number = *counted;
  }
  return holdings;
}

absl::StatusOr<int64_t> Session::RemoveExperiment(int64_t key) {
  Statement newest(*db_,
                   "INSERT INTO counters SELECT 'measurements', max(last_seq)"
                   " FROM measurement_batches WHERE experiment = ? HAVING max(last_seq) > 0"
                   " ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)");
  newest.Bind(key);
  if (absl::Status status = newest.Run(); !status.ok()) return status;
  int64_t removed = 0;
  for (const char* sql : {
           "DELETE FROM measurement_batches WHERE experiment = ?",
           "DELETE FROM curve_spans WHERE experiment = ?",
           "DELETE FROM results WHERE experiment = ?",
           "DELETE FROM system_samples WHERE attempt IN"
           " (SELECT id FROM attempts WHERE experiment = ?)",
           "DELETE FROM logs WHERE attempt IN (SELECT id FROM attempts WHERE experiment = ?)",
           "DELETE FROM events WHERE experiment_id <> ''"
           " AND (experiment_id, sweep_id) = (SELECT e.id, s.id FROM experiments e"
           "   JOIN sweeps s ON s.key = e.sweep WHERE e.key = ?)",
           "DELETE FROM attempts WHERE experiment = ?",
           "DELETE FROM experiments WHERE key = ?",
       }) {
    Statement gone(*db_, sql);
    gone.Bind(key);
    if (absl::Status status = gone.Run(); !status.ok()) return status;
    removed += db_->ChangedRows();
  }
  return removed;
}

absl::Status Session::DeleteExperiment(const std::string& sweep_id, const std::string& id) {
  Statement find(*db_,
                 absl::StrCat("SELECT e.key FROM experiments e WHERE ", kOfSweep, " AND e.id = ?"));
  find.Bind(sweep_id, id);
  const absl::StatusOr<int64_t> key = Number(find);
  if (!key.ok()) return key.status();
  if (*key == 0) return absl::NotFoundError(absl::StrCat("no experiment ", id));
  return RemoveExperiment(*key).status();
}

absl::StatusOr<bool> Session::DeleteSome(const std::string& sweep_id, int64_t rows) {
  std::vector<int64_t> keys;
  {
    Statement row(*db_, absl::StrCat("SELECT e.key FROM experiments e WHERE ", kOfSweep,
                                     " ORDER BY e.key LIMIT ", std::max<int64_t>(rows, 1)));
    row.Bind(sweep_id);
    while (row.Next()) keys.push_back(row.Int());
    if (!row.status().ok()) return row.status();
  }
  for (const int64_t key : keys) {
    const absl::StatusOr<int64_t> removed = RemoveExperiment(key);
    if (!removed.ok()) return removed.status();
    rows -= *removed;
    if (rows <= 0) return true;
  }
  return DeleteEmptySweep(sweep_id);
}

absl::StatusOr<bool> Session::DeleteEmptySweep(const std::string& sweep_id) {
  for (const char* sql :
       {"DELETE FROM events WHERE sweep_id = ?", "DELETE FROM requests WHERE sweep = ?",
        "DELETE FROM fits WHERE sweep = (SELECT key FROM sweeps WHERE id = ?)",
        "DELETE FROM fits_due WHERE sweep ="
        " (SELECT key FROM sweeps WHERE id = ?)",
        "DELETE FROM sweep_load WHERE sweep ="
        " (SELECT key FROM sweeps WHERE id = ?)",
        "DELETE FROM sweeps WHERE id = ?"}) {
    Statement gone(*db_, sql);
    gone.Bind(sweep_id);
    if (absl::Status status = gone.Run(); !status.ok()) return status;
  }
  return false;
}

}  // namespace ff::storage
