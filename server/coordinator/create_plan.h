// The planner's answer as experiments with ids, before there is a sweep. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/experiment.h"
#include "server/domain/sweep.h"
#include "server/scaling/isoflop_plan.h"

namespace ff::coordinator {

struct CreatePlan {
  std::vector<Experiment> experiments;  // sweep_id still empty; ids are unique
  std::vector<DroppedCell> dropped;
  scaling::SharedPhase shared;
  std::string content;  // digest of the ids
};

// Errors as PlanIsoflopSweep has them.
absl::StatusOr<CreatePlan> MakeCreatePlan(const SweepSpec& spec);

}  // namespace ff::coordinator
