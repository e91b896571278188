#include "server/scheduler/scheduler.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/scheduler/board.h"
#include "server/scheduler/placement.h"
#include "server/scheduler/quarantine.h"

namespace ff::scheduler {
namespace {

bool Final(const std::string& report) {
  return report == "finished" || report == "failed" || report == "stopped";
}

bool Holds(Board& board, const AttemptView& attempt) {
  const ExperimentView* e = board.FindExperiment(attempt.sweep_id, attempt.experiment_id);
  return attempt.Live() && e != nullptr && e->current_attempt == attempt.id &&
         e->epoch == attempt.epoch;
}

bool MayFinishLate(Board& board, const AttemptView& attempt) {
  const ExperimentView* e = board.FindExperiment(attempt.sweep_id, attempt.experiment_id);
  return e != nullptr && e->state != ExperimentState::kFinished &&
         e->state != ExperimentState::kCancelled;
}

// A report under the attempt's current lease.
void TakeReport(Board& board, AttemptView& attempt, const Report& report) {
  board.decision().accepted.push_back(attempt.id);
  ExperimentView* e = board.FindExperiment(attempt.sweep_id, attempt.experiment_id);
  if (report.checkpoint_stored) {
    board.Unsettle(*e, attempt);
  } else if (report.checkpoint_step > 0) {
    board.SettleAt(*e, attempt);
  }
  if (report.state == "finished") {
    board.Finish(attempt);
    CountOutcome(board, attempt, report, std::nullopt);
  } else if (report.state == "failed") {
    const Failure failure = report.failure.value_or(Failure{"internal", "no reason was given"});
    board.Fail(attempt, failure);
    CountOutcome(board, attempt, report, failure);
  } else if (report.state == "stopped") {
    board.Release(attempt, "stopped", {"preempted", "the worker was asked to stop"});
  } else {
    board.RenewLease(attempt, report.state == "running");
  }
}

void HandleReport(Board& board, const WorkerCalls& call, const Report& report) {
  if (Final(report.state)) board.decision().settled.push_back(report.attempt_id);
  AttemptView* attempt = board.FindAttempt(report.attempt_id);
  const bool known =
      attempt != nullptr && attempt->epoch == report.epoch && attempt->worker_id == call.worker_id;
  if (!known) return;
  // A later incarnation may hand in a final report that the earlier one left on disk, but
  // it does not own the processes of what still ran.
  const bool same_life = attempt->incarnation == call.incarnation || Final(report.state);
  if (Holds(board, *attempt) && same_life) {
    TakeReport(board, *attempt, report);
  } else if (report.state == "finished" && MayFinishLate(board, *attempt)) {
    board.decision().accepted.push_back(attempt->id);
    board.Finish(*attempt);
  }
}

// Leases of this worker that its call did not mention. Returns how many it does not know of.
int HandleUnlisted(Board& board, const WorkerCalls& call) {
  std::set<int64_t> listed;
  for (const Report& report : call.reports) listed.insert(report.attempt_id);
  int offered_again = 0;
  for (AttemptView& attempt : board.state().attempts) {
    if (attempt.worker_id != call.worker_id || !attempt.Live()) continue;
    if (attempt.incarnation != call.incarnation) {
      board.Release(attempt, "lost", {"lost", "the worker was started anew"});
    } else if (listed.count(attempt.id) > 0) {
      continue;
    } else if (attempt.state == "running") {
      board.Release(attempt, "lost", {"lost", "the worker no longer has it"});
    } else {
      ++offered_again;
    }
  }
  return offered_again;
}

void OnCall(Board& board, const WorkerCalls& call) {
  for (const Report& report : call.reports) HandleReport(board, call, report);
  const int unknown_to_it = HandleUnlisted(board, call);
  TakeFaults(board, call);
  for (const AttemptView& attempt : board.state().attempts) {
    if (attempt.worker_id == call.worker_id && attempt.Live()) {
      board.decision().held.push_back(attempt.id);
    }
  }
  Place(board, call, unknown_to_it);
}

void OnTime(Board& board) {
  for (AttemptView& attempt : board.state().attempts) {
    const absl::Time end = std::max(attempt.deadline, board.state().rules.no_expiry_before);
    if (!attempt.Live() || end >= board.now()) continue;
    board.Release(attempt, "lost",
                  {"lost", absl::StrCat("worker ", attempt.worker_id, " fell silent")});
  }
}

// A clock that was ahead before the restart has left deadlines in the far future: a worker that
// died meanwhile would keep its leases until then.
void OnClock(Board& board) {
  const Rules& rules = board.state().rules;
  const absl::Time latest = std::max(board.now() + rules.lease_length, rules.no_expiry_before);
  for (AttemptView& attempt : board.state().attempts) {
    if (attempt.Live() && attempt.deadline > latest) board.MoveDeadline(attempt, latest);
  }
}

void OnCancel(Board& board, const std::string& sweep_id) {
  SweepView* sweep = board.FindSweep(sweep_id);
  if (sweep == nullptr) return;
  if (sweep->state == SweepState::kActive || sweep->state == SweepState::kPaused) {
    board.MoveSweep(*sweep, SweepState::kCancelled, "cancelled");
  }
  for (ExperimentView& experiment : board.state().experiments) {
    const bool open = experiment.state == ExperimentState::kWaiting ||
                      experiment.state == ExperimentState::kLeased ||
                      experiment.state == ExperimentState::kRunning;
    if (experiment.sweep_id == sweep_id && open) board.Cancel(experiment);
  }
}

void OnRetry(Board& board, const std::string& sweep_id) {
  SweepView* sweep = board.FindSweep(sweep_id);
  if (sweep == nullptr || sweep->state == SweepState::kCancelled) return;
  bool any = false;
  for (ExperimentView& experiment : board.state().experiments) {
    if (experiment.sweep_id != sweep_id || experiment.state != ExperimentState::kFailed) continue;
    board.Retry(experiment);
    any = true;
  }
  if (any && sweep->state == SweepState::kFinished) {
    board.MoveSweep(*sweep, SweepState::kActive, "reopened");
  }
}

void OnDrain(Board& board, const UserDrains& user) {
  Health health = board.HealthOf("");
  health.cordoned = "drained by a user";
  health.drain_until = user.until;
  board.SetHealthOf(user.worker_id, health, "drained");
}

void OnUncordon(Board& board, const UserUncordons& user) {
  const std::vector<Health> all = board.state().health;
  for (const Health& health : all) {
    if (!user.device_id.empty() && health.device_id != user.device_id) continue;
    if (health.cordoned.empty() && health.fast_failures == 0) continue;
    Health sound;
    sound.device_id = health.device_id;
    board.SetHealthOf(user.worker_id, sound, "uncordoned");
  }
}

void MoveIf(Board& board, const std::string& sweep_id, SweepState from, SweepState to,
            const std::string& why) {
  SweepView* sweep = board.FindSweep(sweep_id);
  if (sweep != nullptr && sweep->state == from) board.MoveSweep(*sweep, to, why);
}

struct Handler {
  Board& board;
  void operator()(const WorkerCalls& call) { OnCall(board, call); }
  void operator()(const TimePasses&) { OnTime(board); }
  void operator()(const ClockIsSet&) { OnClock(board); }
  void operator()(const UserPauses& user) {
    MoveIf(board, user.sweep_id, SweepState::kActive, SweepState::kPaused, "paused");
  }
  void operator()(const UserResumes& user) {
    MoveIf(board, user.sweep_id, SweepState::kPaused, SweepState::kActive, "resumed");
  }
  void operator()(const UserCancels& user) { OnCancel(board, user.sweep_id); }
  void operator()(const UserRetries& user) { OnRetry(board, user.sweep_id); }
  void operator()(const UserDrains& user) { OnDrain(board, user); }
  void operator()(const UserUncordons& user) { OnUncordon(board, user); }
};

}  // namespace

Decision Decide(const Snapshot& snapshot, const Event& event, absl::Time now) {
  Board board(snapshot, now);
  std::visit(Handler{board}, event);
  return std::move(board.decision());
}

}  // namespace ff::scheduler
