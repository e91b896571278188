#include "server/scheduler/quarantine.h"

#include "absl/strings/str_cat.h"
#include "server/scheduler/failure_rules.h"

namespace ff::scheduler {
namespace {

// A plan that is at fault says nothing of the machine, nor does being told to stop.
bool SaysSomethingOfTheMachine(const Failure& failure, const std::vector<FailureRule>& rules) {
  if (failure.kind == "preempted" || failure.kind == "lost") return false;
  return BudgetOf(failure, rules) != Budget::kNever;
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

void CountOutcome(Board& board, const AttemptView& attempt, const Report& report,
                  const std::optional<Failure>& failure) {
  const Rules& rules = board.state().rules;
  if (rules.quarantine_after == 0) return;
  Health health = board.HealthOf(attempt.device_id);
  const bool fast =
      failure.has_value() && !report.stepped && board.now() - attempt.started_at <= rules.fast;
  if (failure.has_value() && !SaysSomethingOfTheMachine(*failure, rules.failure_rules)) return;
  if (!fast) {
    if (health.fast_failures == 0) return;
    health.fast_failures = 0;
    return board.SetHealthOf(attempt.worker_id, health, "counted");
  }
  ++health.fast_failures;
  const bool enough = health.fast_failures >= rules.quarantine_after && health.cordoned.empty();
  if (enough) {
    health.cordoned =
        absl::StrCat(health.fast_failures, " attempts in a row failed before their first step; ",
                     "the last one: ", failure->kind, ": ", FirstLine(failure->message));
  }
  board.SetHealthOf(attempt.worker_id, health, enough ? "quarantined" : "counted");
}

void TakeFaults(Board& board, const WorkerCalls& call) {
  for (const Device& device : call.devices) {
    Health health = board.HealthOf(device.id);
    if (device.fault.empty() || !health.cordoned.empty()) continue;
    health.cordoned = device.fault;
    board.SetHealthOf(call.worker_id, health, "quarantined");
  }
}

}  // namespace ff::scheduler
