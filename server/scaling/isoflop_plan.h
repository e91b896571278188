// From compute budgets to concrete experiments: log-spaced budgets, log-spaced model
// sizes for each, a real shape for each size, and the whole number of steps that spends
// the budget (Hoffmann et al. 2022, section 3.2, "IsoFLOP profiles").
// Pure and deterministic: the same spec gives the same plans and ids.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/sweep.h"

namespace ff::scaling {

struct PlannedExperiment {
  Plan plan;
  int budget_index = 0;
  double budget_flops = 0;
  double target_parameters = 0;
};

// What scheduler wsd spares where several experiments have one stable phase.
struct SharedPhase {
  int experiments = 0;
  double flops = 0;  // done once instead of again, if all run on one worker
};

struct IsoflopPlan {
  std::vector<PlannedExperiment> experiments;  // by budget, then by size
  std::vector<DroppedCell> dropped;            // what was left out and why
  double total_flops = 0;
  SharedPhase shared;
};

// INVALID_ARGUMENT: contradictory bounds (names the keys). FAILED_PRECONDITION: every
// cell was dropped (the message gives the commonest reason).
absl::StatusOr<IsoflopPlan> PlanIsoflopSweep(const SweepSpec& spec);

}  // namespace ff::scaling
