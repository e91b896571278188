#include "server/scaling/envelope_draws.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/scaling/bootstrap.h"
#include "server/scaling/fit_checks.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/parallel_for.h"
#include "server/scaling/power_law.h"
#include "server/scaling/split_mix.h"

namespace ff::scaling {
namespace {

// Of the curves, those within this share of the lowest loss at their compute make the law.
constexpr double kNear = 0.1;
constexpr size_t kPointsARun = 20;
// A bias of the exponent that deserves a word.
constexpr double kNotableBias = 0.005;

std::vector<EnvelopePoint> Monotonic(const std::vector<EnvelopePoint>& points) {
  std::vector<OptimalPoint> optima;
  for (const EnvelopePoint& point : points) {
    OptimalPoint optimum;
    optimum.compute_budget = point.flops;
    optimum.model_size = point.parameters;
    optima.push_back(optimum);
  }
  std::vector<EnvelopePoint> kept;
  for (const size_t i : MonotonicPoints(optima)) kept.push_back(points[i]);
  return kept;
}

// (intercept, slope) of ln N, ln D, ln L in ln C.
std::array<Line, 3> Lines(const std::vector<EnvelopePoint>& points, bool robust) {
  std::vector<double> x;
  std::array<std::vector<double>, 3> y;
  for (const EnvelopePoint& point : points) {
    x.push_back(std::log(point.flops));
    y[0].push_back(std::log(point.parameters));
    y[1].push_back(std::log(point.tokens));
    y[2].push_back(std::log(point.loss));
  }
  std::array<Line, 3> lines;
  for (int i = 0; i < 3; ++i) {
    lines[i] =
        robust ? ReweightedHuberLine(x, y[i], HuberDelta(x, y[i])) : LeastSquaresLine(x, y[i]);
  }
  return lines;
}

// The curves as a law of loss has them, and each run's own offset from it.
struct SmoothCurves {
  LawFit law;
  std::vector<GriddedCurve> curves;
  std::vector<double> offsets;  // of ln L, centred
};

// Points that matter: early in training, and far from the envelope, curves follow no law.
std::vector<std::vector<size_t>> NearEnvelope(const std::vector<GriddedCurve>& curves,
                                              size_t grid) {
  std::vector<std::vector<size_t>> near(curves.size());
  for (size_t g = 0; g < grid; ++g) {
    double lowest = INFINITY;
    for (const GriddedCurve& curve : curves) lowest = std::fmin(lowest, curve.loss[g]);
    for (size_t c = 0; c < curves.size(); ++c) {
      if (curves[c].loss[g] <= lowest * (1 + kNear)) near[c].push_back(g);
    }
  }
  return near;
}

absl::StatusOr<SmoothCurves> WithoutNoise(const std::vector<CurveRun>& runs,
                                          const std::vector<GriddedCurve>& curves,
                                          const std::vector<double>& grid,
                                          const EnvelopeOptions& options) {
  const auto near = NearEnvelope(curves, grid.size());
  RunTable table;
  for (size_t c = 0; c < curves.size(); ++c) {
    for (size_t i = 0; i < near[c].size(); i += std::max<size_t>(1, near[c].size() / kPointsARun)) {
      const size_t g = near[c][i];
      table.run_id.push_back(runs[curves[c].run].run_id);
      table.parameters.push_back(runs[curves[c].run].parameters);
      table.tokens.push_back(curves[c].tokens[g]);
      table.compute.push_back(std::exp(grid[g]));
      table.loss.push_back(curves[c].loss[g]);
      table.budget.push_back(NAN);
    }
  }
  LawOptions law;
  law.loss = LossFunction::kLogSquares;
  law.resamples = 0;
  law.grid = false;
  law.threads = options.threads;
  auto fit = FitLaw(table, law);
  if (!fit.ok()) return fit.status();
  SmoothCurves smooth{*std::move(fit), curves, std::vector<double>(curves.size(), 0)};
  double mean = 0;
  for (size_t c = 0; c < curves.size(); ++c) {
    const double size = runs[curves[c].run].parameters;
    for (size_t g = 0; g < grid.size(); ++g) {
      if (std::isnan(curves[c].loss[g])) continue;
      smooth.curves[c].loss[g] = LossAt(smooth.law, size, curves[c].tokens[g], std::exp(grid[g]));
    }
    for (const size_t g : near[c]) {
      smooth.offsets[c] += std::log(curves[c].loss[g] / smooth.curves[c].loss[g]) /
                           static_cast<double>(near[c].size());
    }
    mean += smooth.offsets[c] / static_cast<double>(curves.size());
  }
  // The law's parameters took their share of the offsets.
  const auto count = static_cast<double>(curves.size());
  const double free = count - static_cast<double>(smooth.law.parameters.size());
  for (double& offset : smooth.offsets) {
    offset = (offset - mean) * (free > 0 ? std::sqrt(count / free) : 1);
  }
  return smooth;
}

// The law's own optimum at the compute values of the envelope.
absl::StatusOr<std::vector<EnvelopePoint>> TrueOptima(const LawFit& law,
                                                      const std::vector<EnvelopePoint>& at) {
  std::vector<EnvelopePoint> optima;
  for (const EnvelopePoint& point : at) {
    const auto best = PredictLaw(law, point.flops);
    if (!best.ok()) return best.status();
    optima.push_back(
        {point.flops, best->expected_loss, best->optimal_params, best->optimal_tokens, 0});
  }
  return optima;
}

std::vector<GriddedCurve> WithOffsets(const SmoothCurves& smooth, SplitMix random) {
  std::vector<GriddedCurve> curves = smooth.curves;
  for (GriddedCurve& curve : curves) {
    const double factor = std::exp(smooth.offsets[random.Index(smooth.offsets.size())]);
    for (double& loss : curve.loss) loss *= factor;
  }
  return curves;
}

double MeanLogCompute(const std::vector<EnvelopePoint>& points) {
  double sum = 0;
  for (const EnvelopePoint& point : points) sum += std::log(point.flops);
  return sum / static_cast<double>(points.size());
}

// A line by its height at x = `middle` and its slope, which hardly depend on each other.
struct Centred {
  double height, slope;
};
Centred At(const Line& line, double middle) {
  return {line.intercept + line.slope * middle, line.slope};
}

void SetIntervals(double confidence, EnvelopeFit* fit) {
  PowerLaw* laws[] = {&fit->n_opt, &fit->d_opt, &fit->l_opt};
  for (size_t i = 0; i < 3; ++i) {
    std::vector<double> k, a;
    for (size_t at = 2 * i; at + 1 < fit->draws.size(); at += 6) {
      k.push_back(std::exp(fit->draws[at]));
      a.push_back(fit->draws[at + 1]);
    }
    laws[i]->k_ci = PercentileInterval(std::move(k), confidence);
    laws[i]->a_ci = PercentileInterval(std::move(a), confidence);
  }
}

void NoteBias(EnvelopeFit* fit) {
  double mean = 0;
  for (size_t at = 1; at < fit->draws.size(); at += 6) mean += fit->draws[at] / fit->resamples;
  const double bias = fit->n_opt.exponent_a - mean;
  if (std::abs(bias) < kNotableBias) return;
  fit->warnings.push_back(absl::StrFormat(
      "envelope: on simulated curves like these, noise alone moves the exponent of N_opt by %+.3f; "
      "the interval allows for that, the estimate does not",
      bias));
}

}  // namespace

std::vector<EnvelopePoint> LowestPoints(const std::vector<CurveRun>& runs,
                                        const std::vector<GriddedCurve>& curves,
                                        const std::vector<double>& grid, bool enforce_monotonic) {
  std::vector<EnvelopePoint> lowest;
  for (size_t g = 0; g < grid.size(); ++g) {
    const GriddedCurve* best = nullptr;
    double smallest = INFINITY, largest = 0;
    for (size_t c = 0; c < curves.size(); ++c) {
      if (std::isnan(curves[c].loss[g])) continue;
      const double size = runs[curves[c].run].parameters;
      smallest = std::min(smallest, size);
      largest = std::max(largest, size);
      if (best == nullptr || curves[c].loss[g] < best->loss[g]) best = &curves[c];
    }
    if (best == nullptr) continue;
    const double size = runs[best->run].parameters;
    if (size <= smallest || size >= largest) continue;
    lowest.push_back({std::exp(grid[g]), best->loss[g], size, best->tokens[g], best->run});
  }
  return enforce_monotonic ? Monotonic(lowest) : lowest;
}

size_t SizesOf(const std::vector<EnvelopePoint>& points) {
  std::set<double> sizes;
  for (const EnvelopePoint& point : points) sizes.insert(point.parameters);
  return sizes.size();
}

void AddEnvelopeDraws(const std::vector<CurveRun>& runs, const std::vector<GriddedCurve>& curves,
                      const std::vector<double>& grid, const EnvelopeOptions& options,
                      EnvelopeFit* fit) {
  fit->confidence = options.confidence;
  if (options.resamples <= 0) return;
  const auto smooth = WithoutNoise(runs, curves, grid, options);
  const auto optima = smooth.ok() ? TrueOptima(smooth->law, fit->points) : smooth.status();
  if (!optima.ok()) {
    fit->warnings.push_back(absl::StrCat(
        "envelope: no intervals, since no law of loss could be found through the curves: ",
        optima.status().message()));
    return;
  }
  const double middle = MeanLogCompute(fit->points);
  const auto found = Lines(fit->points, options.robust), still = Lines(*optima, options.robust);
  std::vector<std::vector<double>> draws(options.resamples);
  ParallelFor(draws.size(), options.threads, 8, [&](size_t, size_t r) {
    const auto points = LowestPoints(runs, WithOffsets(*smooth, SplitMix(options.seed, r)), grid,
                                     options.enforce_monotonic);
    if (SizesOf(points) < kFewestSizes) return;
    const auto moved = Lines(points, options.robust);
    for (size_t i = 0; i < 3; ++i) {
      const Centred at = At(found[i], middle), from = At(still[i], middle),
                    to = At(moved[i], middle);
      const double slope = at.slope - (to.slope - from.slope);
      draws[r].push_back(at.height - (to.height - from.height) - slope * middle);
      draws[r].push_back(slope);
    }
  });
  for (const std::vector<double>& draw : draws) {
    if (draw.empty()) continue;
    fit->draws.insert(fit->draws.end(), draw.begin(), draw.end());
    ++fit->resamples;
  }
  if (fit->resamples < options.resamples) {
    fit->warnings.push_back(absl::StrFormat(
        "envelope: intervals rest on %d of %d bootstrap draws; the others had fewer than %d sizes "
        "on the envelope",
        fit->resamples, options.resamples, kFewestSizes));
  }
  SetIntervals(options.confidence, fit);
  if (fit->resamples > 0) NoteBias(fit);
}

}  // namespace ff::scaling
