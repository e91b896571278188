#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/rows.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {

Result ReadResult(Statement& row) {
  Result result;
  result.final_train_loss = row.Real();
  result.final_val_loss = row.Real();
  result.parameters = row.Int();
  result.tokens = row.Int();
  result.steps = row.Int();
  result.flops = row.Real();
  result.train_seconds = row.Real();
  result.finished_at = row.Time();
  result.imported = row.Bool();
  result.from_sweep = row.Text();
  result.code_version = row.Text();
  return result;
}

absl::StatusOr<std::optional<Result>> Session::FindResult(const std::string& id,
                                                          const std::string& sweep_id,
                                                          const std::string& code_version) {
  // A result that was itself taken over names the sweep that trained it.
  Statement row(*db_, absl::StrCat("SELECT s.id, ", kResultColumns,
                                   " FROM experiments e JOIN results r ON r.experiment = e.key"
                                   " JOIN sweeps s ON s.key = e.sweep WHERE e.id = ? AND s.id <> ?"
                                   " AND (r.code_version IN ('', ?) OR ? = '')"
                                   " ORDER BY r.from_sweep <> '', r.experiment LIMIT 1"));
  row.Bind(id, sweep_id, code_version, code_version);
  if (!row.Next()) {
    if (!row.status().ok()) return row.status();
    return std::optional<Result>();
  }
  const std::string from = row.Text();
  Result result = ReadResult(row);
  if (result.from_sweep.empty()) result.from_sweep = from;
  return std::optional<Result>(result);
}

absl::StatusOr<Effort> Session::RecentEffort(const std::string& mode, int limit) {
  Statement row(
      *db_,
      "SELECT count(*), total(f), total(t), total(f * f / (t * t)), total(f * s / (t * t)),"
      " total(s * s / (t * t)), total(f / t), total(s / t) FROM (SELECT"
      " coalesce(json_extract(e.plan, '$.flops_exact'), r.flops) AS f,"
      " CAST(r.steps AS REAL) AS s, r.train_seconds AS t FROM results r"
      " JOIN experiments e ON e.key = r.experiment"
      " WHERE e.mode = ? AND NOT r.imported AND r.from_sweep = ''"
      " AND r.train_seconds > 0 ORDER BY r.finished_at DESC LIMIT ?)");
  row.Bind(mode, limit);
  Effort effort;
  if (row.Next()) {
    effort.runs = static_cast<int>(row.Int());
    effort.flops = row.Real();
    effort.seconds = row.Real();
    effort.ff = row.Real(), effort.fs = row.Real(), effort.ss = row.Real();
    effort.ft = row.Real(), effort.st = row.Real();
  }
  if (!row.status().ok()) return row.status();
  return effort;
}

absl::Status Session::AddResult(const std::string& sweep_id, const std::string& id,
                                const Result& r) {
  Statement insert(*db_,
                   "INSERT INTO results (experiment, final_train_loss, final_val_loss, parameters,"
                   " tokens, steps, flops, train_seconds, finished_at, imported, from_sweep,"
                   " code_version) SELECT e.key, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM experiments e"
                   " JOIN sweeps s ON s.key = e.sweep WHERE s.id = ? AND e.id = ?");
  insert.Bind(r.final_train_loss, r.final_val_loss, r.parameters, r.tokens, r.steps, r.flops,
              r.train_seconds, r.finished_at, r.imported, r.from_sweep, r.code_version, sweep_id,
              id);
  return insert.RunOnRow(absl::StrCat("experiment ", id, " in sweep ", sweep_id));
}

}  // namespace ff::storage
