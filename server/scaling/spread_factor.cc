#include "server/scaling/spread_factor.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "server/scaling/law_bootstrap.h"
#include "server/scaling/parallel_for.h"
#include "server/scaling/split_mix.h"

namespace ff::scaling {
namespace {

constexpr size_t kSweeps = 1024, kRedrawnSweeps = 24, kDrawsEach = 64;
constexpr double kLeast = 0.5;
// The ratio's own sampling error: a smaller correction is not made, of a larger one the rest.
constexpr double kError = 0.03;
// What is corrected fades as 1 / runs: whole up to 100 runs, nothing from 200 on, where plain
// percentiles hold what they say and are what papers report.
constexpr double kWhole = 100, kNothing = 200;

using Columns = std::vector<std::vector<double>>;  // of each parameter

// Between the first and the last tenth: half the sampling error of the interquartile range, and
// deaf to the few draws that end in another basin.
double MiddleRange(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t tenth = values.size() / 10;
  return values[values.size() - 1 - tenth] - values[tenth];
}

Columns ByParameter(const std::vector<LocalOptimum>& optima, size_t parameters) {
  Columns columns(parameters);
  for (const LocalOptimum& optimum : optima) {
    if (!std::isfinite(optimum.value)) continue;
    for (size_t p = 0; p < parameters; ++p) columns[p].push_back(optimum.parameters[p]);
  }
  return columns;
}

// Observations of a sweep like this one, on the scale of the loss. Residuals are prediction
// less observation, and the fit's p parameters took their share of them: sqrt(n / (n - p)).
class SimulatedSweeps {
 public:
  SimulatedSweeps(const LawProblem& problem, const LocalOptimum& at, uint64_t seed)
      : seed_(~seed), residuals_(problem.Residuals(at.parameters.data())) {
    const double rows = static_cast<double>(problem.rows());
    const double scale = std::sqrt(rows / (rows - problem.parameters()));
    predictions_ = problem.y();
    for (size_t i = 0; i < residuals_.size(); ++i) {
      predictions_[i] += residuals_[i];
      residuals_[i] *= scale;
    }
  }
  std::vector<double> Sweep(size_t index) const {
    SplitMix random(seed_, index);
    std::vector<double> y = predictions_;
    for (double& value : y) value -= residuals_[random.Index(residuals_.size())];
    return y;
  }

 private:
  uint64_t seed_;
  std::vector<double> residuals_, predictions_;
};

}  // namespace

double SpreadFactor(const LawProblem& problem, const LocalOptimum& at, uint64_t seed, int threads) {
  const size_t parameters = problem.parameters(), rows = problem.rows();
  const double part =
      std::clamp((kNothing - static_cast<double>(rows)) / (kNothing - kWhole), 0.0, 1.0);
  if (rows <= parameters + 1 || part == 0) return 1;
  const SimulatedSweeps sweeps(problem, at, seed);
  std::vector<LocalOptimum> laws(kSweeps), redrawn(kRedrawnSweeps * kDrawsEach);
  const std::vector<double> once(rows, 1);
  ParallelFor(kSweeps, threads, 8, [&](size_t, size_t s) {
    laws[s] = FitResample(problem, {at}, once, sweeps.Sweep(s));
  });
  ParallelFor(redrawn.size(), threads, 8, [&](size_t, size_t i) {
    const LocalOptimum& law = laws[i / kDrawsEach];
    if (!std::isfinite(law.value)) return;
    redrawn[i] = FitResample(problem, {law}, ResampleWeights(rows, seed ^ 0x5deece66d, i),
                             sweeps.Sweep(i / kDrawsEach));
    for (size_t p = 0; p < parameters; ++p) redrawn[i].parameters[p] -= law.parameters[p];
  });
  const Columns between = ByParameter(laws, parameters), within = ByParameter(redrawn, parameters);
  if (between[0].size() < kSweeps / 2 || within[0].size() < redrawn.size() / 2) return 1;
  double log_ratio = 0;
  for (size_t p = 0; p < parameters; ++p) {
    log_ratio += std::log(MiddleRange(between[p]) / MiddleRange(within[p]));
  }
  const double ratio = std::exp(log_ratio / static_cast<double>(parameters));
  return std::isfinite(ratio) ? std::pow(std::clamp(ratio + kError, kLeast, 1.0), part) : 1;
}

}  // namespace ff::scaling
