// What to train after a fit: budgets whose lowest loss lies at the end of their sizes are
// extended, and of all experiments that the sweep's own rules can plan, those are chosen that
// shrink the interval of a prediction most (next_experiments.h). Pure; thread-safe.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/law_fit.h"
#include "server/domain/run_table.h"
#include "server/domain/sweep.h"
#include "server/scaling/isoflop_plan.h"
#include "server/scaling/next_experiments.h"

namespace ff::scaling {

struct NextRequest {
  NextGoal goal = NextGoal::kSizeAtTarget;
  double target_flops = 0;
  int count = 4;          // for the interval; extensions come on top
  double cost_power = 0;  // as ChooseNext
  double max_flops = 0;   // no experiment is dearer
};

struct NextChoice {
  PlannedExperiment planned;
  std::string cell;  // for compute.extra_cells
  std::string reason;
  // Standard deviation of the quantity before and after this one; NaN for an extension, which
  // is for the budget's own minimum.
  double sd_before = 0, sd_after = 0;
};

struct NextChoices {
  std::vector<NextChoice> chosen;  // extensions first
  double sd_before = 0, sd_after = 0;
  std::vector<std::string> notes;
};

// A budget whose lowest loss is that of its smallest or largest size, and the sizes to add: two
// beyond the end, in the budget's own steps.
struct EdgeBudget {
  double flops = 0;
  bool at_smallest = false;
  std::vector<double> sizes;
};
// Budgets with a run at fewer than three sizes are not judged. `runs` screened, with budgets.
std::vector<EdgeBudget> EdgeBudgets(const RunTable& runs);

// `law` fitted to `runs`; `known`: ids that need not be proposed (trained, or waiting).
// Candidates: at every budget of the sweep up to max_flops and at new ones a factor of two apart
// beyond, sizes from an eighth to eight times the law's best. Errors as ChooseNext and
// PlanIsoflopSweep have them.
absl::StatusOr<NextChoices> ChooseNextPlan(const SweepSpec& spec, const RunTable& runs,
                                           const LawFit& law, const std::set<std::string>& known,
                                           const NextRequest& request);

}  // namespace ff::scaling
