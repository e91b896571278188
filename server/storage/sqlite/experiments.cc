#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/filter.h"
#include "server/storage/sqlite/json_text.h"
#include "server/storage/sqlite/rows.h"
#include "server/storage/sqlite/session.h"
#include "server/storage/sqlite/words.h"

namespace ff::storage {
namespace {

// What placement has to find room for: the estimate is of the trainer's own model, other modes
// take what they take.
double MemoryOf(const Plan& plan) {
  const bool known = plan.mode == "umup_gpt" && std::isfinite(plan.estimated_memory_bytes);
  return known ? plan.estimated_memory_bytes : 0;
}

// 0: no pause.
int64_t PauseToMicros(absl::Time until) {
  return until <= absl::UnixEpoch() ? 0 : absl::ToUnixMicros(until);
}

constexpr char kJoins[] =
    " LEFT JOIN results r ON r.experiment = e.key LEFT JOIN attempts a ON a.id = e.current_attempt";

std::string SelectExperiments() {
  return absl::StrCat(
      "SELECT s.id, e.id, e.ordinal, e.budget_index, e.budget_flops, e.target_parameters, e.plan,"
      " e.state, e.failure_kind, e.failure_message, r.experiment, ",
      kResultColumns, ", a.id, ", kAttemptColumns,
      " FROM experiments e JOIN sweeps s ON s.key = e.sweep", kJoins);
}

absl::StatusOr<Experiment> ReadExperiment(Statement& row) {
  Experiment experiment;
  experiment.sweep_id = row.Text();
  experiment.id = row.Text();
  experiment.ordinal = static_cast<int>(row.Int());
  experiment.budget_index = static_cast<int>(row.Int());
  experiment.budget_flops = row.Real();
  experiment.target_parameters = row.Real();
  absl::StatusOr<Plan> plan = PlanFromJson(row.Text());
  if (!plan.ok()) return plan.status();
  experiment.plan = *std::move(plan);
  experiment.state = ExperimentStateOf(row.Text());
  experiment.failure = ReadFailure(row);
  const bool has_result = row.Int() != 0;
  const Result result = ReadResult(row);
  if (has_result) experiment.result = result;
  const bool has_attempt = !row.IsNull();
  Attempt attempt = ReadAttempt(row);
  if (!has_attempt) return experiment;
  attempt.sweep_id = experiment.sweep_id;
  attempt.experiment_id = experiment.id;
  experiment.current = std::move(attempt);
  return experiment;
}

}  // namespace

absl::StatusOr<Experiment> Session::GetExperiment(const std::string& sweep_id,
                                                  const std::string& id) {
  Statement row(*db_, absl::StrCat(SelectExperiments(), " WHERE s.id = ? AND e.id = ?"));
  row.Bind(sweep_id, id);
  if (row.Next()) return ReadExperiment(row);
  if (!row.status().ok()) return row.status();
  return absl::NotFoundError(absl::StrCat("no experiment ", id, " in sweep ", sweep_id));
}

absl::StatusOr<LeasedExperiment> Session::GetLeased(const std::string& sweep_id,
                                                    const std::string& id) {
  Statement row(
      *db_,
      "SELECT e.plan, e.memory_failures, s.trace_id, e.stored_checkpoint FROM experiments e"
      " JOIN sweeps s ON s.key = e.sweep WHERE s.id = ? AND e.id = ?");
  row.Bind(sweep_id, id);
  if (!row.Next()) {
    if (!row.status().ok()) return row.status();
    return absl::NotFoundError(absl::StrCat("no experiment ", id, " in sweep ", sweep_id));
  }
  absl::StatusOr<Plan> plan = PlanFromJson(row.Text());
  if (!plan.ok()) return plan.status();
  LeasedExperiment leased{*std::move(plan), static_cast<int>(row.Int()), std::nullopt, ""};
  leased.trace_id = row.Text();
  const std::string stored = row.Text();
  if (stored.empty()) return leased;
  absl::StatusOr<StoredCheckpoint> checkpoint = StoredFromJson(stored);
  if (!checkpoint.ok()) return checkpoint.status();
  leased.stored_checkpoint = *std::move(checkpoint);
  return leased;
}

absl::StatusOr<std::vector<Experiment>> Session::ListExperiments(const ExperimentFilter& filter) {
  // A page is found among the keys, so that plans of other pages are neither sorted nor read.
  const std::string keys =
      absl::StrCat("SELECT e.key FROM experiments e JOIN sweeps s ON s.key = e.sweep", kJoins,
                   WhereOf(filter), PageOf(filter));
  Statement row(*db_, absl::StrCat(SelectExperiments(), " WHERE e.key IN (", keys, ")",
                                   OrderSql(filter.order_by, filter.down)));
  BindFilter(row, filter);
  std::vector<Experiment> experiments;
  // Some 2 KB each: growing by doubling would take twice as much for tens of thousands of them.
  absl::StatusOr<int> count = CountExperiments(filter);
  if (!count.ok()) return count.status();
  experiments.reserve(filter.limit > 0 ? std::min(*count, filter.limit) : *count);
  while (row.Next()) {
    absl::StatusOr<Experiment> experiment = ReadExperiment(row);
    if (!experiment.ok()) return experiment.status();
    experiments.push_back(*std::move(experiment));
  }
  if (!row.status().ok()) return row.status();
  return experiments;
}

absl::StatusOr<int> Session::CountExperiments(const ExperimentFilter& filter) {
  Statement row(*db_,
                absl::StrCat("SELECT count(*) FROM experiments e JOIN sweeps s ON s.key = e.sweep",
                             filter.where ? kJoins : "", WhereOf(filter)));
  BindFilter(row, filter);
  const int count = row.Next() ? static_cast<int>(row.Int()) : 0;
  if (!row.status().ok()) return row.status();
  return count;
}

absl::Status Session::AddExperiment(const Experiment& e) {
  std::optional<std::string> kind, message;
  if (e.failure.has_value()) kind = e.failure->kind, message = e.failure->message;
  Statement insert(
      *db_,
      "INSERT INTO experiments (sweep, id, ordinal, budget_index, budget_flops,"
      " target_parameters, plan, mode, device, flops, tokens, steps, state,"
      " failure_kind, failure_message, memory_bytes)"
      " SELECT key, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM sweeps WHERE id = ?");
  insert.Bind(e.id, e.ordinal, e.budget_index, e.budget_flops, e.target_parameters,
              PlanToJson(e.plan), e.plan.mode, e.plan.device, e.plan.flops, e.plan.tokens,
              e.plan.steps, WordOf(e.state), kind, message, MemoryOf(e.plan), e.sweep_id);
  const absl::Status status = insert.RunOnRow(absl::StrCat("sweep ", e.sweep_id));
  if (!status.ok() || !e.result.has_value()) return status;
  return AddResult(e.sweep_id, e.id, *e.result);
}

absl::Status Session::UpdateExperiment(const std::string& sweep_id, const std::string& id,
                                       const ExperimentUpdate& update) {
  std::optional<std::string> kind, message;
  if (update.failure.has_value()) kind = update.failure->kind, message = update.failure->message;
  std::optional<int64_t> attempt;
  if (update.current_attempt != 0) attempt = update.current_attempt;
  Statement statement(*db_,
                      "UPDATE experiments SET state = ?, epoch = ?, failures = ?, losses = ?,"
                      " memory_failures = ?, not_before = ?, current_attempt = ?, home_worker = ?,"
                      " failure_kind = coalesce(?, failure_kind),"
                      " failure_message = coalesce(?, failure_message)"
                      " WHERE id = ? AND sweep = (SELECT key FROM sweeps WHERE id = ?)");
  statement.Bind(WordOf(update.state), update.epoch, update.failures, update.losses,
                 update.memory_failures, PauseToMicros(update.not_before), attempt,
                 update.home_worker, kind, message, id, sweep_id);
  return statement.RunOnRow(absl::StrCat("experiment ", id, " in sweep ", sweep_id));
}

absl::Status Session::LeaseExperiment(const std::string& sweep_id, const std::string& id,
                                      int64_t epoch, int64_t attempt_id) {
  Statement update(*db_,
                   "UPDATE experiments SET state = 'leased', epoch = ?, current_attempt = ?"
                   " WHERE id = ? AND sweep = (SELECT key FROM sweeps WHERE id = ?)");
  update.Bind(epoch, attempt_id, id, sweep_id);
  return update.RunOnRow(absl::StrCat("experiment ", id, " in sweep ", sweep_id));
}

}  // namespace ff::storage
