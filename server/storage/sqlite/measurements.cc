#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {

absl::StatusOr<std::vector<Measurement>> Session::ListMeasurements(const std::string& sweep_id,
                                                                   const std::string& id,
                                                                   int64_t after_seq) {
  Statement row(*db_,
                "SELECT m.seq, m.kind, m.step, m.tokens, m.flops, m.loss, m.learning_rate,"
                " m.grad_norm, m.tokens_per_second, m.seconds FROM measurements m"
                " WHERE m.experiment = (SELECT e.key FROM experiments e JOIN sweeps s"
                "   ON s.key = e.sweep WHERE s.id = ? AND e.id = ?) AND m.seq > ? ORDER BY m.seq");
  row.Bind(sweep_id, id, after_seq);
  std::vector<Measurement> measurements;
  while (row.Next()) {
    Measurement& m = measurements.emplace_back();
    m.seq = row.Int();
    m.kind = row.Text();
    m.step = row.Int();
    m.tokens = row.Int();
    m.flops = row.Real();
    m.loss = row.Real();
    m.learning_rate = row.Real();
    m.grad_norm = row.Real();
    m.tokens_per_second = row.Real();
    m.seconds = row.Real();
  }
  if (!row.status().ok()) return row.status();
  return measurements;
}

absl::Status Session::AddMeasurements(int64_t attempt_id,
                                      const std::vector<Measurement>& measurements) {
  Statement owner(*db_, "SELECT experiment FROM attempts WHERE id = ?");
  owner.Bind(attempt_id);
  if (!owner.Next()) {
    return owner.status().ok() ? absl::NotFoundError(absl::StrCat("no attempt ", attempt_id))
                               : owner.status();
  }
  const int64_t experiment = owner.Int();
  for (const Measurement& m : measurements) {
    Statement insert(*db_,
                     "INSERT INTO measurements (seq, experiment, kind, step, attempt, tokens,"
                     " flops, loss, learning_rate, grad_norm, tokens_per_second, seconds)"
                     " VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM measurements),"
                     " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                     " ON CONFLICT (experiment, kind, step) DO UPDATE SET seq = excluded.seq,"
                     " attempt = excluded.attempt, tokens = excluded.tokens,"
                     " flops = excluded.flops, loss = excluded.loss,"
                     " learning_rate = excluded.learning_rate, grad_norm = excluded.grad_norm,"
                     " tokens_per_second = excluded.tokens_per_second, seconds = excluded.seconds"
                     " WHERE excluded.attempt > measurements.attempt");
    insert.Bind(experiment, m.kind, m.step, attempt_id, m.tokens, m.flops, m.loss, m.learning_rate,
                m.grad_norm, m.tokens_per_second, m.seconds);
    if (absl::Status status = insert.Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace ff::storage
