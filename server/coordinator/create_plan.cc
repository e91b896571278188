#include "server/coordinator/create_plan.h"

#include <set>
#include <utility>

#include "server/coordinator/digest.h"
#include "server/coordinator/try.h"
#include "server/scaling/isoflop_plan.h"

namespace ff::coordinator {

absl::StatusOr<CreatePlan> MakeCreatePlan(const SweepSpec& spec) {
  FF_TRY_ASSIGN(scaling::IsoflopPlan plan, scaling::PlanIsoflopSweep(spec));
  CreatePlan out;
  out.dropped = std::move(plan.dropped);
  out.shared = plan.shared;
  std::vector<std::string> ids;
  std::set<std::string> seen;
  for (scaling::PlannedExperiment& planned : plan.experiments) {
    Experiment experiment;
    experiment.id = ExperimentId(planned.plan);
    if (!seen.insert(experiment.id).second) {
      out.dropped.push_back({planned.budget_flops, planned.target_parameters,
                             "the same training run as another cell of this sweep"});
      continue;
    }
    experiment.ordinal = static_cast<int>(out.experiments.size());
    experiment.budget_index = planned.budget_index;
    experiment.budget_flops = planned.budget_flops;
    experiment.target_parameters = planned.target_parameters;
    experiment.plan = std::move(planned.plan);
    ids.push_back(experiment.id);
    out.experiments.push_back(std::move(experiment));
  }
  out.content = ContentDigest(std::move(ids));
  return out;
}

}  // namespace ff::coordinator
