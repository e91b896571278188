#include "server/scheduler/board.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/scheduler/failure_rules.h"

namespace ff::scheduler {
namespace {

bool Open(ExperimentState state) {
  return state == ExperimentState::kWaiting || state == ExperimentState::kLeased ||
         state == ExperimentState::kRunning;
}

bool InFlight(ExperimentState state) {
  return state == ExperimentState::kLeased || state == ExperimentState::kRunning;
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
                       const std::string& incarnation, const std::string& device_id) {
  decision_.changes.push_back(Grant{candidate.sweep_id, candidate.id, worker_id, incarnation,
                                    candidate.epoch + 1, now_ + state_.rules.lease_length,
                                    device_id});
  if (SweepView* sweep = FindSweep(candidate.sweep_id)) ++sweep->in_flight;
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

void Board::MoveDeadline(AttemptView& attempt, absl::Time deadline) {
  attempt.deadline = deadline;
  decision_.changes.push_back(Renew{attempt.id, deadline, false});
}

void Board::SettleAt(ExperimentView& experiment, const AttemptView& attempt) {
  if (experiment.home_worker == attempt.worker_id) return;
  experiment.home_worker = attempt.worker_id;
  decision_.changes.push_back(SetExperiment{experiment, std::nullopt, "checkpointed", attempt.id});
}

void Board::Unsettle(ExperimentView& experiment, const AttemptView& attempt) {
  if (experiment.home_worker.empty()) return;
  experiment.home_worker.clear();
  decision_.changes.push_back(SetExperiment{experiment, std::nullopt, "stored", attempt.id});
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
  const bool was_in_flight = InFlight(experiment.state);
  experiment.state = state;
  decision_.changes.push_back(SetExperiment{experiment, std::move(failure), why, attempt_id});
  SweepView* sweep = FindSweep(experiment.sweep_id);
  if (sweep == nullptr) return;
  sweep->open += int{Open(state)} - int{was_open};
  sweep->in_flight += int{InFlight(state)} - int{was_in_flight};
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
  // Being asked to stop is no loss, and never the last straw.
  if (how == "stopped" || Charge(*experiment, failure)) {
    return Move(*experiment, ExperimentState::kWaiting, how, failure, attempt.id);
  }
  Move(*experiment, ExperimentState::kFailed, "failed", failure, attempt.id);
}

bool Board::Charge(ExperimentView& experiment, const Failure& failure) {
  const Rules& rules = state_.rules;
  switch (BudgetOf(failure, rules.failure_rules)) {
    case Budget::kInfrastructure:
      ++experiment.losses;
      return rules.max_losses == 0 || experiment.losses <= rules.max_losses;
    case Budget::kMemory:
      return ++experiment.memory_failures <= 1;
    case Budget::kNever:
      return false;
    case Budget::kApplication:
      break;
  }
  const int failures = ++experiment.failures;
  if (failures > rules.max_retries) return false;
  // Doubling: the first pause is `backoff`; beyond 2^30 of them every bound is reached.
  experiment.not_before =
      now_ + std::min(rules.max_backoff, rules.backoff * std::exp2(std::min(failures - 1, 30)));
  return true;
}

void Board::Fail(AttemptView& attempt, const Failure& failure) {
  End(attempt, "failed", failure);
  ExperimentView* experiment = FindExperiment(attempt.sweep_id, attempt.experiment_id);
  if (experiment == nullptr) return;
  if (BlamesTheMachine(failure.kind)) experiment->home_worker.clear();
  const bool again = Charge(*experiment, failure);
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
  experiment.failures = experiment.losses = experiment.memory_failures = 0;
  experiment.not_before = absl::InfinitePast();
  Move(experiment, ExperimentState::kWaiting, "retried", std::nullopt, 0);
}

void Board::MoveSweep(SweepView& sweep, SweepState state, const std::string& why) {
  sweep.state = state;
  decision_.changes.push_back(SetSweep{sweep.id, state, why});
}

Health& Board::HealthOf(const std::string& device_id) {
  for (Health& health : state_.health) {
    if (health.device_id == device_id) return health;
  }
  Health& health = state_.health.emplace_back();
  health.device_id = device_id;
  return health;
}

void Board::SetHealthOf(const std::string& worker_id, const Health& health,
                        const std::string& why) {
  HealthOf(health.device_id) = health;
  decision_.changes.push_back(SetHealth{worker_id, health, why});
}

}  // namespace ff::scheduler
