#include "server/scaling/stable_phase.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace ff::scaling {

int64_t BranchStep(const Plan& plan) {
  if (plan.scheduler != "wsd") return 0;
  const int64_t tail = std::max<int64_t>(plan.steps / 10, 1);
  return std::max<int64_t>(plan.steps - std::max(plan.decay_steps, tail), 0);
}

SharedPhase ShareStablePhases(std::vector<PlannedExperiment>* experiments) {
  std::map<std::string, std::vector<Plan*>> trunks;
  for (PlannedExperiment& experiment : *experiments) {
    if (BranchStep(experiment.plan) == 0) continue;
    trunks[TrunkId(experiment.plan)].push_back(&experiment.plan);
  }
  SharedPhase shared;
  for (const auto& [trunk, plans] : trunks) {
    std::set<int64_t> branches;
    int64_t once = 0, each = 0;
    for (const Plan* plan : plans) {
      branches.insert(BranchStep(*plan));
      each += BranchStep(*plan);
      once = std::max(once, BranchStep(*plan));
    }
    if (branches.size() < 2) continue;
    for (Plan* plan : plans) {
      plan->trunk = trunk;
      plan->branch_steps.assign(branches.begin(), branches.end());
    }
    const Plan& any = *plans.front();
    shared.experiments += static_cast<int>(plans.size());
    shared.flops += static_cast<double>(each - once) * any.flops / static_cast<double>(any.steps);
  }
  return shared;
}

}  // namespace ff::scaling
