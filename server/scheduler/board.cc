#include "server/scheduler/board.h"

#include <algorithm>
#include <utility>

#include "server/scheduler/failure_kinds.h"

namespace ff::scheduler {
namespace {

bool Open(ExperimentState state) {
  return state == ExperimentState::kWaiting || state == ExperimentState::kLeased ||
         state == ExperimentState::kRunning;
}

}  // namespace

AttemptView* Board::FindAttempt(int64_t id) {
  auto& all = state_.attempts;
  auto found = std::find_if(all.begin(), all.end(), [&](const auto& a) { return a.id == id; });
  return found == all.end() ? nullptr : &*found;
}

ExperimentView* Board::FindExperiment(const std::string& sweep_id, const std::string& id) {
  auto& all = state_.experiments;
  auto found = std::find_if(all.begin(), all.end(),
                            [&](const auto& e) { return e.id == id && e.sweep_id == sweep_id; });
  return found == all.end() ? nullptr : &*found;
}

SweepView* Board::FindSweep(const std::string& id) {
  auto& all = state_.sweeps;
  auto found = std::find_if(all.begin(), all.end(), [&](const auto& s) { return s.id == id; });
  return found == all.end() ? nullptr : &*found;
}

void Board::GrantLease(const ExperimentView& candidate, const std::string& worker_id,
                       const std::string& incarnation) {
  decision_.changes.push_back(Grant{candidate.sweep_id, candidate.id, worker_id, incarnation,
                                    candidate.epoch + 1, now_ + state_.rules.lease_length});
}

void Board::RenewLease(AttemptView& attempt, bool running) {
  const bool started = running && attempt.state == "leased";
  attempt.deadline = now_ + state_.rules.lease_length;
  if (started) attempt.state = "running";
  decision_.changes.push_back(Renew{attempt.id, attempt.deadline, started});
  ExperimentView* experiment = FindExperiment(attempt.sweep_id, attempt.experiment_id);
  if (!started || experiment == nullptr) return;
  Move(*experiment, ExperimentState::kRunning, "started", std::nullopt, attempt.id);
}

void Board::SettleAt(ExperimentView& experiment, const AttemptView& attempt) {
  if (experiment.home_worker == attempt.worker_id) return;
  experiment.home_worker = attempt.worker_id;
  decision_.changes.push_back(SetExperiment{experiment, std::nullopt, "checkpointed", attempt.id});
}

void Board::End(AttemptView& attempt, const std::string& state, std::optional<Failure> failure) {
  attempt.state = state;
  decision_.changes.push_back(EndAttempt{attempt.id, state, std::move(failure)});
  ExperimentView* experiment = FindExperiment(attempt.sweep_id, attempt.experiment_id);
  if (experiment != nullptr && experiment->current_attempt == attempt.id) {
    experiment->current_attempt = 0;
  }
}

void Board::Move(ExperimentView& experiment, ExperimentState state, const std::string& why,
                 std::optional<Failure> failure, int64_t attempt_id) {
  const bool was_open = Open(experiment.state);
  experiment.state = state;
  decision_.changes.push_back(SetExperiment{experiment, std::move(failure), why, attempt_id});
  SweepView* sweep = FindSweep(experiment.sweep_id);
  if (sweep == nullptr) return;
  sweep->open += int{Open(state)} - int{was_open};
  const bool unfinished =
      sweep->state == SweepState::kActive || sweep->state == SweepState::kPaused;
  if (was_open && sweep->open == 0 && unfinished) {
    MoveSweep(*sweep, SweepState::kFinished, "finished");
  }
}

void Board::Release(AttemptView& attempt, const std::string& how, const Failure& failure) {
  End(attempt, how, failure);
  ExperimentView* experiment = FindExperiment(attempt.sweep_id, attempt.experiment_id);
  if (experiment == nullptr) return;
  Move(*experiment, ExperimentState::kWaiting, how, failure, attempt.id);
}

void Board::Fail(AttemptView& attempt, const Failure& failure) {
  End(attempt, "failed", failure);
  ExperimentView* experiment = FindExperiment(attempt.sweep_id, attempt.experiment_id);
  if (experiment == nullptr) return;
  ++experiment->failures;
  if (BlamesTheMachine(failure.kind)) experiment->home_worker.clear();
  const bool again = MayBeRetried(failure.kind) && experiment->failures <= state_.rules.max_retries;
  Move(*experiment, again ? ExperimentState::kWaiting : ExperimentState::kFailed,
       again ? "retrying" : "failed", failure, attempt.id);
}

void Board::Finish(AttemptView& attempt) {
  ExperimentView* experiment = FindExperiment(attempt.sweep_id, attempt.experiment_id);
  if (experiment == nullptr) return;
  AttemptView* newer = FindAttempt(experiment->current_attempt);
  if (newer != nullptr && newer != &attempt) {
    End(*newer, "cancelled", Failure{"superseded", "an earlier attempt finished first"});
  }
  End(attempt, "finished", std::nullopt);
  decision_.changes.push_back(KeepResult{attempt.sweep_id, attempt.experiment_id, attempt.id});
  Move(*experiment, ExperimentState::kFinished, "finished", std::nullopt, attempt.id);
}

void Board::Cancel(ExperimentView& experiment) {
  const int64_t attempt_id = experiment.current_attempt;
  if (AttemptView* attempt = FindAttempt(attempt_id)) {
    End(*attempt, "cancelled", Failure{"cancelled", "the sweep was cancelled"});
  }
  Move(experiment, ExperimentState::kCancelled, "cancelled", std::nullopt, attempt_id);
}

void Board::Retry(ExperimentView& experiment) {
  experiment.failures = 0;
  Move(experiment, ExperimentState::kWaiting, "retried", std::nullopt, 0);
}

void Board::MoveSweep(SweepView& sweep, SweepState state, const std::string& why) {
  sweep.state = state;
  decision_.changes.push_back(SetSweep{sweep.id, state, why});
}

}  // namespace ff::scheduler
