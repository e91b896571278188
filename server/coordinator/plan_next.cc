#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/coordinator/complete_spec.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/run_table.h"
#include "server/coordinator/try.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/next_plan.h"
#include "server/scaling/run_screening.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

constexpr double kNormal95 = 1.959964;  // half of a 95 % interval, in standard deviations
constexpr int kDefaultCount = 4;
constexpr double kDefaultReach = 10;

absl::StatusOr<scaling::NextGoal> GoalOf(const std::string& word) {
  if (word.empty() || word == "size") return scaling::NextGoal::kSizeAtTarget;
  if (word == "loss") return scaling::NextGoal::kLossAtTarget;
  if (word == "exponent") return scaling::NextGoal::kExponent;
  return absl::InvalidArgumentError(
      absl::StrCat("goal must be size, loss or exponent, not '", word, "'"));
}

// As a factor less 1: +-10 % is 0.1. An exponent's interval is absolute.
double HalfInterval(double sd, scaling::NextGoal goal) {
  if (goal == scaling::NextGoal::kExponent) return kNormal95 * sd;
  return std::expm1(kNormal95 * sd);
}

NextExperiment Proposed(const scaling::NextChoice& choice, const std::string& sweep_id,
                        scaling::NextGoal goal) {
  NextExperiment next;
  next.cell = choice.cell;
  next.experiment.id = ExperimentId(choice.planned.plan);
  next.experiment.sweep_id = sweep_id;
  next.experiment.budget_index = choice.planned.budget_index;
  next.experiment.budget_flops = choice.planned.budget_flops;
  next.experiment.target_parameters = choice.planned.target_parameters;
  next.experiment.plan = choice.planned.plan;
  next.reason = choice.reason;
  next.interval_before = HalfInterval(choice.sd_before, goal);
  next.interval_after = HalfInterval(choice.sd_after, goal);
  next.shrinkage = 1 - choice.sd_after / choice.sd_before;
  return next;
}

absl::Status AddNotes(const std::vector<Experiment>& experiments,
                      const scaling::ScreenedRuns& screened, NextPlan* next) {
  int open = 0;
  for (const Experiment& e : experiments) {
    open += e.state == ExperimentState::kWaiting || e.state == ExperimentState::kLeased ||
            e.state == ExperimentState::kRunning;
  }
  if (open > 0) {
    next->notes.push_back(
        absl::StrCat(open,
                     " experiments of the sweep are still to finish; they are not proposed "
                     "again, and what they will tell is not counted"));
  }
  for (const ExcludedRun& run : screened.excluded) {
    next->notes.push_back(absl::StrCat("run ", run.run_id, " is not used: ", run.reason));
  }
  if (screened.table.size() > 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "no finished experiment to learn from yet; `ffctl train` runs them");
}

}  // namespace

absl::StatusOr<NextPlan> Coordinator::PlanNext(const std::string& sweep, const SweepSpec& asked,
                                               const NextOptions& options) {
  FF_TRY_ASSIGN(const scaling::NextGoal goal, GoalOf(options.goal));
  NextPlan next;
  SweepSpec spec = asked;
  std::vector<Experiment> experiments;
  Runs runs;
  AnalyzeOptions analyze;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(next.sweep_id, ResolveSweep(view, sweep));
    FF_TRY(LookUpPrior(view, &spec));
    FF_TRY_ASSIGN(experiments, view.ListExperiments({next.sweep_id, {}, 0, 0}));
    FF_TRY_ASSIGN(const Sweep facts, view.GetSweep(next.sweep_id));
    analyze = facts.analyze.value_or(options_.analyze);
    FF_TRY_ASSIGN(runs, LoadRuns(view, next.sweep_id, analyze.profiles.loss_kind));
    return absl::OkStatus();
  }));
  std::set<std::string> known;
  double largest = 0;
  for (const Experiment& e : experiments) {
    known.insert(e.id);
    largest = std::max(largest, e.budget_flops);
  }
  FF_TRY_ASSIGN(const scaling::ScreenedRuns screened, scaling::ScreenRuns(runs.table));
  FF_TRY(AddNotes(experiments, screened, &next));
  // The sweep's own law; the covariance that candidates are valued by needs no bootstrap.
  analyze.law.resamples = 0;
  FF_TRY_ASSIGN(const LawFit law, scaling::FitLaw(screened.table, analyze.law));
  scaling::NextRequest request;
  request.goal = goal;
  request.target_flops = options.target_flops > 0 ? options.target_flops : kDefaultReach * largest;
  request.count = options.count > 0 ? options.count : kDefaultCount;
  request.cost_power = options.cost_power;
  request.max_flops = options.max_flops > 0 ? options.max_flops : largest;
  FF_TRY_ASSIGN(const scaling::NextChoices choices,
                scaling::ChooseNextPlan(spec, screened.table, law, known, request));
  next.target_flops = request.target_flops;
  next.goal = options.goal.empty() ? "size" : options.goal;
  next.law = scaling::LawFormula(law);
  next.interval_before = HalfInterval(choices.sd_before, goal);
  next.interval_after = HalfInterval(choices.sd_after, goal);
  next.notes.insert(next.notes.end(), choices.notes.begin(), choices.notes.end());
  for (const scaling::NextChoice& choice : choices.chosen) {
    next.experiments.push_back(Proposed(choice, next.sweep_id, goal));
    next.total_flops += choice.planned.plan.flops;
  }
  return next;
}

}  // namespace ff::coordinator
