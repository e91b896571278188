#include "server/scaling/next_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/size_grid.h"

namespace ff::scaling {
namespace {

constexpr double kFactors[] = {0.125, 0.25, 0.5, 0.7071, 1, 1.4142, 2, 4, 8};
constexpr int kBeyondEdge = 2;
// Steps of a budget's sizes that are taken for such; one lonely far run sets no step.
constexpr double kSmallestStep = 1.15, kLargestStep = 3;
constexpr double kSameSize = 0.02;

struct Wanted {
  double flops = 0, size = 0;
  const EdgeBudget* edge = nullptr;  // null: for the interval
};

std::vector<double> CandidateBudgets(const SweepSpec& spec, double max_flops) {
  std::vector<double> budgets;
  const auto all = AllBudgets(spec.compute);
  if (!all.ok()) return budgets;
  for (const BudgetCells& budget : *all) {
    if (budget.flops <= max_flops * (1 + 1e-9)) budgets.push_back(budget.flops);
  }
  const double largest = all->back().flops;
  double flops = 2 * largest;
  while (flops < max_flops / 1.4) {
    budgets.push_back(flops);
    flops *= 2;
  }
  if (max_flops > 1.01 * largest) budgets.push_back(max_flops);
  return budgets;
}

std::vector<Wanted> WantedCells(const SweepSpec& spec, const LawFit& law,
                                const std::vector<EdgeBudget>& edges, double max_flops) {
  std::vector<Wanted> cells;
  for (const EdgeBudget& edge : edges) {
    for (const double size : edge.sizes) cells.push_back({edge.flops, size, &edge});
  }
  for (const double flops : CandidateBudgets(spec, max_flops)) {
    const absl::StatusOr<Prediction> best = PredictLaw(law, flops);
    if (!best.ok() || !(best->optimal_params > 0)) continue;
    for (const double factor : kFactors) cells.push_back({flops, best->optimal_params * factor});
  }
  return cells;
}

struct Candidate {
  PlannedExperiment planned;
  const EdgeBudget* edge = nullptr;
};

// Those that the sweep's rules can plan and that are not known yet.
absl::StatusOr<std::vector<Candidate>> Plannable(const SweepSpec& spec,
                                                 const std::vector<Wanted>& wanted,
                                                 const std::set<std::string>& known) {
  SweepSpec with_all = spec;
  std::map<std::pair<double, double>, const EdgeBudget*> edge_of;
  for (const Wanted& cell : wanted) {
    with_all.compute.extra_cells.push_back(CellText(cell.flops, cell.size));
    edge_of.try_emplace({cell.flops, cell.size}, cell.edge);
  }
  absl::StatusOr<IsoflopPlan> plan = PlanIsoflopSweep(with_all);
  if (!plan.ok()) return plan.status();
  std::vector<Candidate> candidates;
  for (PlannedExperiment& planned : plan->experiments) {
    const auto it = edge_of.find({planned.budget_flops, planned.target_parameters});
    if (it == edge_of.end() || known.count(ExperimentId(planned.plan)) > 0) continue;
    candidates.push_back({std::move(planned), it->second});
  }
  return candidates;
}

NextChoice ChoiceOf(const PlannedExperiment& planned, std::string reason) {
  NextChoice choice;
  choice.planned = planned;
  choice.cell = CellText(planned.budget_flops, planned.target_parameters);
  choice.reason = std::move(reason);
  choice.sd_before = choice.sd_after = std::numeric_limits<double>::quiet_NaN();
  return choice;
}

std::string IntervalReason(const PlannedExperiment& planned, const LawFit& law) {
  const absl::StatusOr<Prediction> best = PredictLaw(law, planned.budget_flops);
  if (!best.ok()) return "shrinks the interval";
  const double ratio = static_cast<double>(planned.plan.parameters) / best->optimal_params;
  if (ratio > 0.9 && ratio < 1.1) return "shrinks the interval; near the budget's best size";
  return absl::StrFormat("shrinks the interval; %.2g times the budget's best size", ratio);
}

absl::Status AddForInterval(const RunTable& runs, const LawFit& law,
                            const std::vector<Candidate>& candidates, const NextRequest& request,
                            NextChoices* choices) {
  std::vector<CandidateExperiment> points;
  points.reserve(candidates.size());
  for (const Candidate& c : candidates) {
    points.push_back({static_cast<double>(c.planned.plan.parameters),
                      static_cast<double>(c.planned.plan.tokens)});
  }
  if (points.empty()) {
    choices->notes.push_back("every experiment that the sweep's rules can plan is there already");
    return absl::OkStatus();
  }
  const absl::StatusOr<std::vector<CandidateValue>> best =
      ChooseNext(runs, law, points, request.goal, request.target_flops, request.count,
                 request.cost_power, false);
  if (!best.ok()) return best.status();
  for (const CandidateValue& value : *best) {
    const PlannedExperiment& planned = candidates[value.candidate].planned;
    NextChoice choice = ChoiceOf(planned, IntervalReason(planned, law));
    choice.sd_before = value.sd_before;
    choice.sd_after = value.sd_after;
    choices->chosen.push_back(std::move(choice));
  }
  if (!best->empty()) {
    choices->sd_before = best->front().sd_before;
    choices->sd_after = best->back().sd_after;
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<EdgeBudget> EdgeBudgets(const RunTable& runs) {
  std::map<double, std::vector<std::pair<double, double>>> by_budget;  // (N, L)
  for (size_t i = 0; i < runs.budget.size(); ++i) {
    if (runs.budget[i] > 0) {
      by_budget[runs.budget[i]].emplace_back(runs.parameters[i], runs.loss[i]);
    }
  }
  std::vector<EdgeBudget> edges;
  for (auto& [flops, points] : by_budget) {
    std::sort(points.begin(), points.end());
    std::vector<double> ratios;
    for (size_t i = 1; i < points.size(); ++i) {
      const double ratio = points[i].first / points[i - 1].first;
      if (ratio > 1 + kSameSize) ratios.push_back(ratio);
    }
    if (ratios.size() < 2) continue;
    std::nth_element(ratios.begin(), ratios.begin() + ratios.size() / 2, ratios.end());
    const double step = std::clamp(ratios[ratios.size() / 2], kSmallestStep, kLargestStep);
    const double best =
        std::min_element(points.begin(), points.end(), [](const auto& a, const auto& b) {
          return a.second < b.second;
        })->first;
    const double smallest = points.front().first, largest = points.back().first;
    const bool at_smallest = best < smallest * (1 + kSameSize);
    if (!at_smallest && best < largest * (1 - kSameSize)) continue;
    EdgeBudget edge{flops, at_smallest, {}};
    for (int k = 1; k <= kBeyondEdge; ++k) {
      edge.sizes.push_back(at_smallest ? smallest / std::pow(step, k)
                                       : largest * std::pow(step, k));
    }
    edges.push_back(std::move(edge));
  }
  return edges;
}

absl::StatusOr<NextChoices> ChooseNextPlan(const SweepSpec& spec, const RunTable& runs,
                                           const LawFit& law, const std::set<std::string>& known,
                                           const NextRequest& request) {
  const std::vector<EdgeBudget> edges = EdgeBudgets(runs);
  const std::vector<Wanted> wanted = WantedCells(spec, law, edges, request.max_flops);
  absl::StatusOr<std::vector<Candidate>> plannable = Plannable(spec, wanted, known);
  if (!plannable.ok()) return plannable.status();
  NextChoices choices;
  std::vector<Candidate> for_interval;
  std::set<const EdgeBudget*> extended;
  for (Candidate& candidate : *plannable) {
    if (candidate.edge == nullptr) {
      for_interval.push_back(std::move(candidate));
      continue;
    }
    extended.insert(candidate.edge);
    choices.chosen.push_back(ChoiceOf(
        candidate.planned, absl::StrCat("the budget's lowest loss is at its ",
                                        candidate.edge->at_smallest ? "smallest" : "largest",
                                        " size: a minimum needs sizes beyond")));
  }
  for (const EdgeBudget& edge : edges) {
    if (extended.count(&edge) > 0) continue;
    choices.notes.push_back(absl::StrFormat(
        "budget %.4g has its lowest loss at its %s size, but the sweep's rules allow no %s one",
        edge.flops, edge.at_smallest ? "smallest" : "largest",
        edge.at_smallest ? "smaller" : "larger"));
  }
  const absl::Status status = AddForInterval(runs, law, for_interval, request, &choices);
  if (!status.ok() && choices.chosen.empty()) return status;
  if (!status.ok()) {
    choices.notes.push_back(absl::StrCat("no experiments for the interval: ", status.message()));
    choices.sd_before = choices.sd_after = std::numeric_limits<double>::quiet_NaN();
  }
  return choices;
}

}  // namespace ff::scaling
