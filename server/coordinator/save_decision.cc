#include "server/coordinator/save_decision.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "server/coordinator/try.h"

namespace ff::coordinator {
namespace {

storage::ExperimentUpdate UpdateOf(const scheduler::SetExperiment& set) {
  const scheduler::ExperimentView& e = set.experiment;
  return {e.state,     e.epoch,  e.failures,        e.current_attempt, e.home_worker,
          set.failure, e.losses, e.memory_failures, e.not_before};
}

std::string MessageOf(const scheduler::SetExperiment& set) {
  if (set.failure.has_value()) return absl::StrCat(set.failure->kind, ": ", set.failure->message);
  if (set.why == "checkpointed") return absl::StrCat("on worker ", set.experiment.home_worker);
  return "";
}

}  // namespace

std::string WithAuthor(const std::string& message, const std::string& by) {
  constexpr size_t kMost = 500;
  if (by.empty()) return message;
  return absl::StrCat(message, message.empty() ? "" : ", ", "by ", by.substr(0, kMost));
}

absl::Status DecisionSaver::Save(const scheduler::Decision& decision) {
  for (int64_t id : decision.accepted) {
    if (const AttemptReport* report = ReportOf(id)) FF_TRY(KeepTelemetry(*report));
  }
  for (const scheduler::Change& change : decision.changes) {
    FF_TRY(std::visit([this](const auto& c) { return Apply(c); }, change));
  }
  return absl::OkStatus();
}

absl::Status DecisionSaver::Apply(const scheduler::Grant& grant) {
  Attempt attempt;
  attempt.epoch = grant.epoch;
  attempt.sweep_id = grant.sweep_id;
  attempt.experiment_id = grant.experiment_id;
  attempt.worker_id = grant.worker_id;
  attempt.worker_incarnation = grant.incarnation;
  attempt.state = "leased";
  attempt.started_at = now_;
  attempt.deadline = grant.deadline;
  attempt.device_id = grant.device_id;
  FF_TRY_ASSIGN(const int64_t id, tx_.AddAttempt(attempt));
  FF_TRY(tx_.LeaseExperiment(grant.sweep_id, grant.experiment_id, grant.epoch, id));
  const std::string where = grant.device_id.empty() ? "" : absl::StrCat(" for ", grant.device_id);
  return Tell(grant.sweep_id, grant.experiment_id, id, "leased",
              absl::StrCat("to worker ", grant.worker_id, where));
}

absl::Status DecisionSaver::Apply(const scheduler::Renew& renew) {
  return tx_.RenewAttempt(renew.attempt_id, renew.deadline, renew.started);
}

absl::Status DecisionSaver::Apply(const scheduler::EndAttempt& end) {
  return tx_.EndAttempt(end.attempt_id, end.state, end.failure, now_);
}

absl::Status DecisionSaver::Apply(const scheduler::SetExperiment& set) {
  const scheduler::ExperimentView& e = set.experiment;
  FF_TRY(tx_.UpdateExperiment(e.sweep_id, e.id, UpdateOf(set)));
  return Tell(e.sweep_id, e.id, set.attempt_id, set.why, MessageOf(set));
}

absl::Status DecisionSaver::Apply(const scheduler::KeepResult& keep) {
  const AttemptReport* report = ReportOf(keep.attempt_id);
  if (report == nullptr || !report->result.has_value()) {
    return absl::InternalError(absl::StrCat("attempt ", keep.attempt_id, " has no result to keep"));
  }
  Result result = *report->result;
  result.finished_at = now_;
  result.imported = false;
  result.from_sweep.clear();
  result.code_version = report_->worker.version;
  FF_TRY(tx_.PutStoredCheckpoint(keep.sweep_id, keep.experiment_id, std::nullopt));
  FF_TRY(tx_.AddResult(keep.sweep_id, keep.experiment_id, result));
  FF_TRY(tx_.MarkFitDue(keep.sweep_id));
  return ShareResult(keep.sweep_id, keep.experiment_id, result);
}

absl::Status DecisionSaver::Apply(const scheduler::SetSweep& set) {
  const bool over = set.state == SweepState::kFinished || set.state == SweepState::kCancelled;
  FF_TRY(tx_.SetSweepState(set.sweep_id, set.state, over ? now_ : absl::InfiniteFuture()));
  // Also without a new result: what was estimated on the way was with few resamples.
  if (over) FF_TRY(tx_.MarkFitDue(set.sweep_id));
  return Tell(set.sweep_id, "", 0, set.why, "");
}

absl::Status DecisionSaver::Apply(const scheduler::SetHealth& set) {
  FF_TRY(tx_.PutHealth(set.worker_id, set.health));
  if (set.why == "counted") return absl::OkStatus();
  const std::string device =
      set.health.device_id.empty() ? "" : absl::StrCat(", device ", set.health.device_id);
  const std::string reason =
      set.health.cordoned.empty() ? "" : absl::StrCat(": ", set.health.cordoned);
  return Tell("", "", 0, absl::StrCat("worker_", set.why),
              absl::StrCat("worker ", set.worker_id, device, reason));
}

absl::Status DecisionSaver::KeepTelemetry(const AttemptReport& report) {
  FF_TRY(tx_.AddMeasurements(report.attempt_id, report.measurements));
  if (!report.log.empty()) FF_TRY(tx_.AppendLog(report.attempt_id, report.log, now_));
  storage::AttemptProgress progress{report.step, report.resumed_from_step, report.tokens_per_second,
                                    std::nullopt, report.device_id};
  for (const Measurement& m : report.measurements) {
    if (m.kind == "train") progress.last_loss = m.loss;
  }
  if (report.stored_checkpoint.has_value()) {
    FF_TRY_ASSIGN(const Attempt attempt, tx_.GetAttempt(report.attempt_id));
    FF_TRY(
        tx_.PutStoredCheckpoint(attempt.sweep_id, attempt.experiment_id, report.stored_checkpoint));
  }
  return tx_.PutProgress(report.attempt_id, progress);
}

absl::Status DecisionSaver::ShareResult(const std::string& sweep_id, const std::string& id,
                                        const Result& result) {
  FF_TRY_ASSIGN(const auto twins, tx_.WaitingTwins(sweep_id, id));
  if (twins.empty()) return absl::OkStatus();
  FF_TRY_ASSIGN(const Sweep sweep, tx_.GetSweep(sweep_id));
  if (sweep.no_cache) return absl::OkStatus();
  Result taken = result;
  taken.from_sweep = sweep_id;
  for (const storage::ExperimentFacts& twin : twins) {
    FF_TRY(tx_.AddResult(twin.sweep_id, twin.id, taken));
    FF_TRY(tx_.MarkFitDue(twin.sweep_id));
    FF_TRY(tx_.UpdateExperiment(
        twin.sweep_id, twin.id,
        {ExperimentState::kFinished, twin.epoch, twin.failures, 0, twin.home_worker}));
    FF_TRY(Tell(twin.sweep_id, twin.id, 0, "taken_over",
                absl::StrCat("result of the same experiment in sweep ", sweep_id)));
    FF_TRY(FinishIfOver(twin.sweep_id));
  }
  return absl::OkStatus();
}

absl::Status DecisionSaver::FinishIfOver(const std::string& sweep_id) {
  FF_TRY_ASSIGN(const int open, tx_.CountOpen(sweep_id));
  if (open > 0) return absl::OkStatus();
  return Apply(scheduler::SetSweep{sweep_id, SweepState::kFinished, "finished"});
}

absl::Status DecisionSaver::Tell(const std::string& sweep_id, const std::string& experiment_id,
                                 int64_t attempt_id, const std::string& kind,
                                 const std::string& message) {
  return tx_.AddEvent(
      {0, now_, sweep_id, experiment_id, attempt_id, kind, WithAuthor(message, by_)});
}

const AttemptReport* DecisionSaver::ReportOf(int64_t attempt_id) const {
  if (report_ == nullptr) return nullptr;
  for (const AttemptReport& report : report_->attempts) {
    if (report.attempt_id == attempt_id) return &report;
  }
  return nullptr;
}

}  // namespace ff::coordinator
