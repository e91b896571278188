#include "server/scaling/law_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_format.h"
#include "server/scaling/bootstrap.h"
#include "server/scaling/parallel_for.h"
#include "server/scaling/split_mix.h"
#include "server/scaling/spread_factor.h"

namespace ff::scaling {
namespace {

constexpr size_t kMostAlternatives = 3;

std::vector<double> BudgetWeights(const BudgetGroups& groups, uint64_t seed, uint64_t index) {
  SplitMix random(seed, index);
  std::vector<double> drawn(groups.compute.size(), 0);
  for (size_t i = 0; i < drawn.size(); ++i) drawn[random.Index(drawn.size())] += 1;
  std::vector<double> weights;
  for (const int budget : groups.of_run) weights.push_back(budget < 0 ? 0 : drawn[budget]);
  return weights;
}

bool AllFinite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

// Lower triangle L with L L' = H^-1 G H^-1; empty where H is singular.
std::vector<std::vector<double>> SandwichRoot(const LawProblem& problem, const LocalOptimum& at,
                                              double delta) {
  const int size = problem.parameters();
  const auto objective = problem.MakeObjective({});
  objective->set_delta(delta);
  Derivatives hessian, score;
  objective->EvaluateMatrix(at.parameters.data(), KernelMatrix::kHessian, &hessian);
  objective->EvaluateMatrix(at.parameters.data(), KernelMatrix::kScore, &score);
  std::vector<std::vector<double>> inverse(size, std::vector<double>(size));
  for (int i = 0; i < size; ++i) {
    double unit[kMaxParameters] = {};
    unit[i] = 1;
    if (!SolveCholesky(hessian.hessian, size, unit, inverse[i].data())) return {};
  }
  std::vector<std::vector<double>> root(size, std::vector<double>(size, 0.0));
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = 0;
      for (int k = 0; k < size; ++k) {
        for (int l = 0; l < size; ++l) {
          sum += inverse[i][k] * score.hessian[k][l] * inverse[l][j];
        }
      }
      for (int k = 0; k < j; ++k) sum -= root[i][k] * root[j][k];
      root[i][j] = i == j ? std::sqrt(std::max(sum, 0.0)) : (root[j][j] > 0 ? sum / root[j][j] : 0);
    }
  }
  return root;
}

std::vector<std::vector<double>> DrawLimit(const LawProblem& problem, const LocalOptimum& at,
                                           const LawOptions& options, double noise_sd) {
  // LAD has no curvature of its own: a smoothing of a third of the noise gives its density.
  const double delta =
      problem.loss() == LossFunction::kLad ? std::max(noise_sd / 3, 1e-9) : problem.delta();
  const auto root = SandwichRoot(problem, at, delta);
  std::vector<std::vector<double>> draws(root.empty() ? 0 : options.resamples);
  for (size_t r = 0; r < draws.size(); ++r) {
    SplitMix random(options.seed, r);
    std::vector<double> moved = at.parameters;
    for (size_t j = 0; j < root.size(); ++j) {
      const double z = random.Normal();
      for (size_t i = j; i < root.size(); ++i) moved[i] += root[i][j] * z;
    }
    draws[r] = problem.ToPublic(moved.data());
  }
  return draws;
}

std::vector<std::vector<double>> DrawResamples(const LawProblem& problem,
                                               const std::vector<LocalOptimum>& basins,
                                               const LawOptions& options,
                                               const BudgetGroups* groups, double spread) {
  const std::vector<double>& law = basins[0].parameters;
  std::vector<std::vector<double>> draws(options.resamples);
  ParallelFor(draws.size(), options.threads, 8, [&](size_t, size_t r) {
    const std::vector<double> weights = groups != nullptr
                                            ? BudgetWeights(*groups, options.seed, r)
                                            : ResampleWeights(problem.rows(), options.seed, r);
    LocalOptimum found = FitResample(problem, basins, weights, {});
    for (size_t p = 0; p < law.size(); ++p) {
      found.parameters[p] = law[p] + spread * (found.parameters[p] - law[p]);
    }
    if (std::isfinite(found.value)) draws[r] = problem.ToPublic(found.parameters.data());
  });
  return draws;
}

void SetIntervals(const LawOptions& options, LawFit* fit) {
  const size_t count = fit->parameters.size();
  std::vector<double> n, d, column;
  for (size_t p = 0; p < count; ++p) {
    column.clear();
    for (int r = 0; r < fit->resamples; ++r) column.push_back(fit->draws[r * count + p]);
    double mean = 0, squares = 0;
    for (const double value : column) mean += value / static_cast<double>(column.size());
    for (const double value : column) squares += (value - mean) * (value - mean);
    fit->parameters[p].standard_error =
        column.size() > 1 ? std::sqrt(squares / static_cast<double>(column.size() - 1)) : 0;
    fit->parameters[p].ci = PercentileInterval(column, options.confidence);
  }
  if (!std::isfinite(fit->n_opt_exponent)) return;
  for (int r = 0; r < fit->resamples; ++r) {
    const auto exponents = ExponentsOf(fit->family, &fit->draws[r * count], count);
    n.push_back(exponents.n);
    d.push_back(exponents.d);
  }
  fit->n_opt_exponent_ci = PercentileInterval(std::move(n), options.confidence);
  fit->d_opt_exponent_ci = PercentileInterval(std::move(d), options.confidence);
}

}  // namespace

std::vector<double> ResampleWeights(size_t rows, uint64_t seed, uint64_t index) {
  SplitMix random(seed, index);
  std::vector<double> weights(rows, 0);
  for (size_t i = 0; i < rows; ++i) weights[random.Index(rows)] += 1;
  return weights;
}

LocalOptimum FitResample(const LawProblem& problem, const std::vector<LocalOptimum>& basins,
                         const std::vector<double>& weights, const std::vector<double>& y) {
  const auto objective = problem.MakeObjective(weights, y);
  const std::vector<double> path = DeltaPath(problem);
  NewtonOptions options;
  options.damping = 1e-6;
  LocalOptimum best;
  best.value = INFINITY;
  for (size_t b = 0; b < basins.size() && b <= kMostAlternatives; ++b) {
    if (b > 0 && basins[b].value > 2 * basins[0].value) break;
    LocalOptimum one = basins[b];
    for (const double delta : path) {
      objective->set_delta(delta);
      one.value = MinimizeNewton(*objective, options, one.parameters.data()).value;
    }
    if (one.value < best.value) best = std::move(one);
  }
  return best;
}

OptimumExponents ExponentsOf(LawFamily family, const double* p, size_t count) {
  switch (family) {
    case LawFamily::kHoffmann:
    case LawFamily::kGroupOffsets: {
      const double alpha = p[count - 2], beta = p[count - 1];
      return {beta / (alpha + beta), alpha / (alpha + beta)};
    }
    case LawFamily::kTied:
    case LawFamily::kGadre:
      return {0.5, 0.5};
    case LawFamily::kKaplan:
      return {p[3] / (p[2] + p[3]), p[2] / (p[2] + p[3])};
    case LawFamily::kCompute:
      break;
  }
  return {NAN, NAN};
}

void AddLawBootstrap(const LawProblem& problem, const std::vector<LocalOptimum>& basins,
                     const LawOptions& options, const BudgetGroups* groups, LawFit* fit) {
  fit->confidence = options.confidence;
  if (options.resamples <= 0) return;
  const bool budgets = options.unit == ResampleUnit::kBudgets;
  const bool limit = problem.rows() > kMostResampledRuns && !budgets;
  const bool calibrated = options.calibrated && !limit && !budgets;
  const double spread =
      calibrated ? SpreadFactor(problem, basins[0], options.seed, options.threads) : 1;
  const auto draws =
      limit ? DrawLimit(problem, basins[0], options, fit->noise_sd)
            : DrawResamples(problem, basins, options, budgets ? groups : nullptr, spread);
  for (const std::vector<double>& draw : draws) {
    if (draw.empty() || !AllFinite(draw)) continue;
    fit->draws.insert(fit->draws.end(), draw.begin(), draw.end());
    ++fit->resamples;
  }
  fit->failed_resamples = options.resamples - fit->resamples;
  if (spread != 1) {
    fit->notes.push_back(absl::StrFormat(
        "intervals: the draws' deviations times %.2f, since drawing runs misstates the spread on "
        "simulated sweeps like this one (bootstrap.spread: drawn leaves them as they are)",
        spread));
  }
  if (limit) {
    fit->notes.push_back(absl::StrFormat(
        "%d runs: intervals are drawn from the bootstrap's normal limit (sandwich covariance)",
        problem.rows()));
  }
  if (fit->failed_resamples > 0) {
    fit->warnings.push_back(
        absl::StrFormat("%d of %d bootstrap draws have no finite law; intervals rest on the others",
                        fit->failed_resamples, options.resamples));
  }
  SetIntervals(options, fit);
}

}  // namespace ff::scaling
