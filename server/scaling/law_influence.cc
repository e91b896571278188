// Leave-one-out over runs; part of law_diagnostics.h.
#include <algorithm>
#include <cmath>
#include <utility>

#include "server/scaling/law_bootstrap.h"
#include "server/scaling/law_diagnostics.h"
#include "server/scaling/law_problem.h"
#include "server/scaling/law_search.h"
#include "server/scaling/parallel_for.h"

namespace ff::scaling {
namespace {

constexpr size_t kMostRefits = 5000;

std::vector<double> Values(const LawFit& fit) {
  std::vector<double> values;
  for (const LawParameter& parameter : fit.parameters) values.push_back(parameter.value);
  return values;
}

double ExponentSd(const LawFit& fit) {
  const size_t count = fit.parameters.size();
  double sum = 0, squares = 0;
  for (int r = 0; r < fit.resamples; ++r) {
    const double a = ExponentsOf(fit.family, &fit.draws[r * count], count).n;
    sum += a;
    squares += a * a;
  }
  if (fit.resamples < 2) return 1;
  const double mean = sum / fit.resamples;
  const double sd = std::sqrt(std::max(0.0, squares / fit.resamples - mean * mean));
  return sd > 0 ? sd : 1;
}

// One Newton step from the optimum: theta + H^-1 g_i, with g_i the gradient of run i alone.
std::vector<double> StepWithout(const LawProblem& problem, const Derivatives& all,
                                const std::vector<double>& at, size_t row) {
  Derivatives one;
  problem.MakeRowObjective(row)->Evaluate(at.data(), &one);
  double step[kMaxParameters] = {};
  std::vector<double> moved = at;
  if (SolveCholesky(all.hessian, problem.parameters(), one.gradient.data(), step)) {
    for (int j = 0; j < problem.parameters(); ++j) moved[j] += step[j];
  }
  return moved;
}

std::vector<double> RefitWithout(const LawProblem& problem, const std::vector<double>& at,
                                 size_t row) {
  std::vector<double> weights(problem.rows(), 1);
  weights[row] = 0;
  const auto objective = problem.MakeObjective(weights);
  std::vector<double> moved = at;
  NewtonOptions options;
  options.damping = 1e-6;
  for (const double delta : DeltaPath(problem)) {
    objective->set_delta(delta);
    MinimizeNewton(*objective, options, moved.data());
  }
  return moved;
}

}  // namespace

absl::StatusOr<std::vector<RunInfluence>> LawInfluence(const RunTable& table,
                                                       const LawOptions& options,
                                                       const LawFit& fit) {
  const auto problem = LawProblem::Make(table, options);
  if (!problem.ok()) return problem.status();
  if (problem->parameters() != static_cast<int>(fit.parameters.size())) {
    return absl::InvalidArgumentError("the options are not those this law was fitted with");
  }
  const std::vector<double> at = problem->ToInternal(Values(fit));
  const bool approximate = table.size() > kMostRefits;
  const double sd = ExponentSd(fit);
  Derivatives all;
  problem->MakeObjective({})->Evaluate(at.data(), &all);
  std::vector<RunInfluence> influence(table.size());
  // Of a large table the runs furthest from the law, the only ones that can matter much.
  const size_t rows = approximate ? std::min(table.size(), kMostRefits) : table.size();
  std::vector<size_t> order(table.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (approximate) {
    const std::vector<double> residuals = problem->Residuals(at.data());
    std::partial_sort(order.begin(), order.begin() + rows, order.end(), [&](size_t a, size_t b) {
      return std::abs(residuals[a]) > std::abs(residuals[b]);
    });
  }
  influence.resize(rows);
  ParallelFor(rows, options.threads, 8, [&](size_t, size_t i) {
    RunInfluence& one = influence[i];
    one.row = order[i];
    one.approximate = approximate;
    const std::vector<double> moved =
        approximate ? StepWithout(*problem, all, at, one.row) : RefitWithout(*problem, at, one.row);
    one.parameters = problem->ToPublic(moved.data());
    one.n_opt_exponent = ExponentsOf(fit.family, one.parameters.data(), one.parameters.size()).n;
    one.shift = (one.n_opt_exponent - fit.n_opt_exponent) / sd;
  });
  std::stable_sort(influence.begin(), influence.end(),
                   [](const RunInfluence& a, const RunInfluence& b) {
                     return std::abs(a.shift) > std::abs(b.shift);
                   });
  return influence;
}

}  // namespace ff::scaling
