#include "server/scaling/law_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "server/scaling/parallel_for.h"

namespace ff::scaling {
namespace {

constexpr size_t kMostBasins = 8;
constexpr double kSameValue = 1e-6;

NewtonOptions FromAfar() {
  NewtonOptions options;
  options.far_iterations = 60;
  options.stall = 1e-6;
  return options;
}

NewtonOptions Tight() {
  NewtonOptions options;
  options.damping = 1e-6;
  return options;
}

// Onto the vertex of least absolute deviations: the rows of the smallest residuals, as many as
// there are parameters, are met exactly, if that helps.
void SnapToVertex(const LawProblem& problem, const LawObjective& objective, LocalOptimum* optimum) {
  const std::vector<double> residuals = problem.Residuals(optimum->parameters.data());
  std::vector<size_t> order(residuals.size());
  std::iota(order.begin(), order.end(), 0);
  const size_t count = optimum->parameters.size();
  std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](size_t a, size_t b) {
    return std::abs(residuals[a]) < std::abs(residuals[b]);
  });
  std::vector<double> weights(residuals.size(), 0);
  for (size_t i = 0; i < count; ++i) weights[order[i]] = 1;
  const auto few = problem.MakeObjective(weights);
  few->set_delta(1e300);
  LocalOptimum snapped = *optimum;
  MinimizeNewton(*few, Tight(), snapped.parameters.data());
  Derivatives at;
  objective.Evaluate(snapped.parameters.data(), &at);
  if (!(at.value < optimum->value)) return;
  snapped.value = at.value;
  *optimum = std::move(snapped);
}

void KeepDifferent(std::vector<LocalOptimum> found, std::vector<LocalOptimum>* basins) {
  std::sort(found.begin(), found.end(),
            [](const LocalOptimum& a, const LocalOptimum& b) { return a.value < b.value; });
  for (LocalOptimum& one : found) {
    if (!basins->empty() && one.value <= basins->back().value * (1 + kSameValue)) {
      continue;
    }
    if (basins->size() == kMostBasins) return;
    basins->push_back(std::move(one));
  }
}

}  // namespace

std::vector<double> DeltaPath(const LawProblem& problem) {
  if (problem.loss() != LossFunction::kLad) return {problem.delta()};
  std::vector<double> path;
  double delta = 1e-3;
  while (delta > 1.5 * problem.delta()) {
    path.push_back(delta);
    delta /= 10;
  }
  path.push_back(problem.delta());
  return path;
}

void PolishOptimum(const LawProblem& problem, LawObjective* objective, LocalOptimum* optimum) {
  for (const double delta : DeltaPath(problem)) {
    objective->set_delta(delta);
    optimum->value = MinimizeNewton(*objective, Tight(), optimum->parameters.data()).value;
  }
  if (problem.loss() == LossFunction::kLad) SnapToVertex(problem, *objective, optimum);
}

absl::StatusOr<GridSearch> SearchGrid(const LawProblem& problem, int threads) {
  const std::vector<std::vector<double>> starts = problem.GridStarts();
  const double delta = DeltaPath(problem).front();
  std::vector<std::unique_ptr<LawObjective>> objectives;
  for (size_t t = 0; t < WorkerCount(threads); ++t) {
    objectives.push_back(problem.MakeObjective({}));
    objectives.back()->set_delta(delta);
  }
  std::vector<LocalOptimum> ends(starts.size());
  const NewtonOptions options = FromAfar();
  ParallelFor(starts.size(), threads, 16, [&](size_t thread, size_t i) {
    ends[i].parameters = starts[i];
    ends[i].value = MinimizeNewton(*objectives[thread], options, ends[i].parameters.data()).value;
  });
  ends.erase(std::remove_if(ends.begin(), ends.end(),
                            [](const LocalOptimum& end) { return !std::isfinite(end.value); }),
             ends.end());
  if (ends.empty()) {
    return absl::InternalError(
        "no start of the grid has a finite objective; are the losses and "
        "sizes in nats and parameters?");
  }
  GridSearch search;
  search.starts = static_cast<int>(starts.size());
  std::vector<LocalOptimum> candidates;
  KeepDifferent(ends, &candidates);
  for (LocalOptimum& one : candidates) PolishOptimum(problem, objectives[0].get(), &one);
  KeepDifferent(std::move(candidates), &search.basins);
  double lowest = std::numeric_limits<double>::infinity();
  for (const LocalOptimum& end : ends) lowest = std::min(lowest, end.value);
  if (delta == problem.delta()) lowest = std::min(lowest, search.basins[0].value);
  for (const LocalOptimum& end : ends) {
    search.at_best += end.value <= lowest * (1 + kSameValue);
  }
  return search;
}

}  // namespace ff::scaling
