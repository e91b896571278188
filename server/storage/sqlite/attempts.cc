#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/rows.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {
namespace {

std::string SelectAttempts() {
  return absl::StrCat("SELECT s.id, e.id, a.id, ", kAttemptColumns,
                      " FROM attempts a JOIN experiments e ON e.key = a.experiment"
                      " JOIN sweeps s ON s.key = e.sweep ");
}

constexpr absl::Duration kDeadlineStep = absl::Seconds(1);

constexpr char kLive[] = "a.state IN ('leased', 'running')";

}  // namespace

std::optional<Failure> ReadFailure(Statement& row) {
  const bool none = row.IsNull();
  Failure failure;
  failure.kind = row.Text();
  failure.message = row.Text();
  if (none) return std::nullopt;
  return failure;
}

Attempt ReadAttempt(Statement& row) {
  Attempt attempt;
  attempt.id = row.Int();
  attempt.epoch = row.Int();
  attempt.worker_id = row.Text();
  attempt.worker_incarnation = row.Text();
  attempt.state = row.Text();
  attempt.started_at = row.Time();
  attempt.deadline = row.Time();
  attempt.ended_at = row.Time();
  attempt.failure = ReadFailure(row);
  attempt.resumed_from_step = row.Int();
  attempt.step = row.Int();
  attempt.tokens_per_second = row.Real();
  attempt.last_loss = row.Real();
  attempt.device_id = row.Text();
  return attempt;
}

absl::StatusOr<std::vector<Attempt>> Session::ReadAttempts(Statement& row) {
  std::vector<Attempt> attempts;
  while (row.Next()) {
    const std::string sweep_id = row.Text(), experiment_id = row.Text();
    attempts.push_back(ReadAttempt(row));
    attempts.back().sweep_id = sweep_id;
    attempts.back().experiment_id = experiment_id;
  }
  if (!row.status().ok()) return row.status();
  return attempts;
}

absl::StatusOr<Attempt> Session::GetAttempt(int64_t id) {
  Statement row(*db_, absl::StrCat(SelectAttempts(), "WHERE a.id = ?"));
  row.Bind(id);
  absl::StatusOr<std::vector<Attempt>> found = ReadAttempts(row);
  if (!found.ok()) return found.status();
  if (found->empty()) return absl::NotFoundError(absl::StrCat("no attempt ", id));
  return std::move(found->front());
}

absl::StatusOr<std::vector<Attempt>> Session::ListAttempts(const std::string& sweep_id,
                                                           const std::string& id) {
  Statement row(*db_, absl::StrCat(SelectAttempts(), "WHERE s.id = ? AND e.id = ? ORDER BY a.id"));
  row.Bind(sweep_id, id);
  return ReadAttempts(row);
}

absl::StatusOr<std::vector<SweepAttempt>> Session::ListSweepAttempts(const std::string& sweep_id,
                                                                     int64_t after_id, int limit) {
  Statement row(*db_,
                absl::StrCat("SELECT e.budget_flops, coalesce(r.parameters, e.target_parameters),"
                             " e.id, a.id, ",
                             kAttemptColumns,
                             " FROM sweeps s JOIN experiments e ON e.sweep = s.key"
                             " JOIN attempts a ON a.experiment = e.key"
                             " LEFT JOIN results r ON r.experiment = e.key"
                             " WHERE s.id = ? AND a.id > ? ORDER BY a.id LIMIT ",
                             limit > 0 ? limit : -1));
  row.Bind(sweep_id, after_id);
  std::vector<SweepAttempt> attempts;
  while (row.Next()) {
    SweepAttempt& one = attempts.emplace_back();
    one.budget_flops = row.Real();
    one.parameters = row.Real();
    const std::string experiment_id = row.Text();
    one.attempt = ReadAttempt(row);
    one.attempt.sweep_id = sweep_id;
    one.attempt.experiment_id = experiment_id;
  }
  if (!row.status().ok()) return row.status();
  return attempts;
}

absl::StatusOr<std::vector<Attempt>> Session::ListLiveAttempts(const std::string& worker_id) {
  const bool all = worker_id.empty();
  Statement row(*db_, absl::StrCat(SelectAttempts(), "WHERE ", kLive,
                                   all ? "" : " AND a.worker = ?", " ORDER BY a.id"));
  if (!all) row.Bind(worker_id);
  return ReadAttempts(row);
}

absl::StatusOr<std::vector<Attempt>> Session::ListOverdueAttempts(absl::Time time) {
  Statement row(*db_, absl::StrCat(SelectAttempts(), "WHERE ", kLive,
                                   " AND a.deadline < ?"
                                   " ORDER BY a.id"));
  row.Bind(time);
  return ReadAttempts(row);
}

absl::StatusOr<int64_t> Session::AddAttempt(const Attempt& a) {
  Statement insert(*db_,
                   "INSERT INTO attempts (experiment, epoch, worker, incarnation, state,"
                   " started_at, deadline, resumed_from_step, step, tokens_per_second, last_loss,"
                   " device) SELECT e.key, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM experiments e"
                   " JOIN sweeps s ON s.key = e.sweep WHERE s.id = ? AND e.id = ?");
  insert.Bind(a.epoch, a.worker_id, a.worker_incarnation, a.state, a.started_at, a.deadline,
              a.resumed_from_step, a.step, a.tokens_per_second, a.last_loss, a.device_id,
              a.sweep_id, a.experiment_id);
  const absl::Status status = insert.RunOnRow(absl::StrCat("experiment ", a.experiment_id));
  if (!status.ok()) return status;
  return db_->LastInsertedKey();
}

absl::Status Session::RenewAttempt(int64_t id, absl::Time deadline, bool started) {
  if (started) {
    Statement update(*db_, "UPDATE attempts SET deadline = ?, state = 'running' WHERE id = ?");
    update.Bind(deadline, id);
    return update.RunOnRow(absl::StrCat("attempt ", id));
  }
  // A worker that calls many times a second need not have its deadline written each time.
  Statement update(*db_,
                   "UPDATE attempts SET deadline = ? WHERE id = ? AND abs(deadline - ?) >= ?");
  update.Bind(deadline, id, deadline, absl::ToInt64Microseconds(kDeadlineStep));
  return update.Run();
}

absl::Status Session::EndAttempt(int64_t id, const std::string& state,
                                 const std::optional<Failure>& failure, absl::Time ended_at) {
  std::optional<std::string> kind, message;
  if (failure.has_value()) kind = failure->kind, message = failure->message;
  Statement update(*db_,
                   "UPDATE attempts SET state = ?, failure_kind = ?, failure_message = ?,"
                   " ended_at = ? WHERE id = ?");
  update.Bind(state, kind, message, ended_at, id);
  return update.RunOnRow(absl::StrCat("attempt ", id));
}

absl::Status Session::PutProgress(int64_t attempt_id, const AttemptProgress& p) {
  Statement update(*db_,
                   "UPDATE attempts SET step = ?, resumed_from_step = ?, tokens_per_second = ?,"
                   " last_loss = coalesce(?, last_loss),"
                   " device = CASE device WHEN '' THEN ? ELSE device END WHERE id = ?");
  update.Bind(p.step, p.resumed_from_step, p.tokens_per_second, p.last_loss, p.device_id,
              attempt_id);
  return update.RunOnRow(absl::StrCat("attempt ", attempt_id));
}

}  // namespace ff::storage
