// Which of the three retry budgets a failure is charged to: by the kind it says, unless a
// rule of the configuration knows its exit code or a line of its log better.
//
//   infrastructure  nobody's fault: not counted (lost, preempted, drained, unfit)
//   application     max_retries further attempts, with growing pauses (crashed, internal, ...)
//   memory          once more with half the micro-batch (out_of_memory)
//   never           the plan is at fault and would fail everywhere (diverged, bad_plan, bad_data)
//
// Thread-safe; values are cheap to copy.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/experiment.h"

namespace re2 {
class RE2;
}

namespace ff::scheduler {

enum class Budget { kInfrastructure, kApplication, kMemory, kNever };

struct FailureRule {
  std::optional<int> exit_code;
  std::shared_ptr<const re2::RE2> log;  // searched for in the message, which ends with the log
  Budget budget = Budget::kApplication;
};

// "exit CODE -> BUDGET" or "log REGEX -> BUDGET". INVALID_ARGUMENT: says what is wrong with which.
absl::StatusOr<std::vector<FailureRule>> ParseFailureRules(const std::vector<std::string>& texts);

// The first rule that fits, else by the kind.
Budget BudgetOf(const Failure& failure, const std::vector<FailureRule>& rules);

// Another machine is the better choice, whatever checkpoints this one has.
bool BlamesTheMachine(const std::string& kind);

}  // namespace ff::scheduler
