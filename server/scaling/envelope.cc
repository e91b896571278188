#include "server/scaling/envelope.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/scaling/bootstrap.h"
#include "server/scaling/envelope_draws.h"
#include "server/scaling/fit_checks.h"
#include "server/scaling/power_law.h"

namespace ff::scaling {
namespace {

bool Usable(double value) { return std::isfinite(value) && value > 0; }

struct Knot {
  double log_flops, loss, log_tokens;
};

// Running median over a window of `width` in ln C: a spike does not become the envelope.
std::vector<Knot> Smoothed(const std::vector<Knot>& knots, double width) {
  if (width <= 0) return knots;
  std::vector<Knot> smooth = knots;
  for (size_t i = 0; i < knots.size(); ++i) {
    // As far to the left as to the right: a one-sided median of a falling curve is biased.
    const double room = std::min({width / 2, knots[i].log_flops - knots.front().log_flops,
                                  knots.back().log_flops - knots[i].log_flops});
    std::vector<double> losses;
    for (size_t j = i + 1; j-- > 0 && knots[j].log_flops >= knots[i].log_flops - room;) {
      losses.push_back(knots[j].loss);
    }
    for (size_t j = i + 1; j < knots.size() && knots[j].log_flops <= knots[i].log_flops + room;
         ++j) {
      losses.push_back(knots[j].loss);
    }
    smooth[i].loss = Median(std::move(losses));
  }
  return smooth;
}

GriddedCurve OnGrid(int run, const std::vector<Knot>& knots, const std::vector<double>& grid) {
  GriddedCurve curve;
  curve.run = run;
  curve.loss.assign(grid.size(), NAN);
  curve.tokens.assign(grid.size(), NAN);
  size_t k = 0;
  for (size_t g = 0; g < grid.size(); ++g) {
    if (grid[g] < knots.front().log_flops || grid[g] > knots.back().log_flops) continue;
    while (k + 2 < knots.size() && knots[k + 1].log_flops < grid[g]) ++k;
    const double t = (grid[g] - knots[k].log_flops) / (knots[k + 1].log_flops - knots[k].log_flops);
    curve.loss[g] = knots[k].loss + t * (knots[k + 1].loss - knots[k].loss);
    curve.tokens[g] =
        std::exp(knots[k].log_tokens + t * (knots[k + 1].log_tokens - knots[k].log_tokens));
  }
  return curve;
}

// Usable points of each run, ascending in compute, one a compute value.
std::map<int, std::vector<Knot>> CollectKnots(const std::vector<CurveRun>& runs,
                                              absl::Span<const CurvePoint> points,
                                              EnvelopeFit* fit) {
  std::map<int, std::vector<Knot>> knots;
  std::vector<size_t> bad(runs.size(), 0);
  for (const CurvePoint& point : points) {
    if (point.run < 0 || point.run >= static_cast<int>(runs.size())) continue;
    if (!Usable(point.flops) || !Usable(point.loss) || !Usable(point.tokens)) {
      ++bad[point.run];
      continue;
    }
    knots[point.run].push_back({std::log(point.flops), point.loss, std::log(point.tokens)});
  }
  for (size_t r = 0; r < runs.size(); ++r) {
    const int run = static_cast<int>(r);
    std::vector<Knot>& own = knots[run];
    std::sort(own.begin(), own.end(),
              [](const Knot& a, const Knot& b) { return a.log_flops < b.log_flops; });
    own.erase(std::unique(own.begin(), own.end(),
                          [](const Knot& a, const Knot& b) { return a.log_flops == b.log_flops; }),
              own.end());
    std::string reason;
    if (!Usable(runs[r].parameters)) reason = "model size is not positive and finite";
    if (own.size() < 2) {
      reason = absl::StrFormat("fewer than two usable points on its training curve (%d unusable)",
                               bad[r]);
    }
    if (!reason.empty()) {
      fit->excluded.push_back({runs[r].run_id, reason});
      knots.erase(run);
    } else if (bad[r] > 0) {
      fit->warnings.push_back(absl::StrFormat(
          "run %s: %d points without a usable loss, compute or token count are left out",
          runs[r].run_id, bad[r]));
    }
  }
  return knots;
}

// From the second curve's beginning to the last but one's end: beyond, no two runs compete.
std::vector<double> MakeGrid(const std::map<int, std::vector<Knot>>& knots, int count) {
  std::vector<double> begins, ends, grid;
  for (const auto& [run, own] : knots) {
    begins.push_back(own.front().log_flops);
    ends.push_back(own.back().log_flops);
  }
  std::sort(begins.begin(), begins.end());
  std::sort(ends.begin(), ends.end());
  const double low = begins[1], high = ends[ends.size() - 2];
  for (int i = 0; i < count && high > low; ++i)
    grid.push_back(low + (high - low) * i / (count - 1));
  return grid;
}

absl::Status FitLaws(const EnvelopeOptions& options, EnvelopeFit* fit) {
  std::vector<double> compute;
  std::array<std::vector<double>, 3> values;
  for (const EnvelopePoint& point : fit->points) {
    compute.push_back(point.flops);
    values[0].push_back(point.parameters);
    values[1].push_back(point.tokens);
    values[2].push_back(point.loss);
  }
  PowerLaw* laws[] = {&fit->n_opt, &fit->d_opt, &fit->l_opt};
  const char* names[] = {"N_opt", "D_opt", "L_opt"};
  for (int i = 0; i < 3; ++i) {
    auto law = FitPowerLaw(names[i], compute, values[i], options.robust);
    if (!law.ok()) return law.status();
    *laws[i] = *std::move(law);
    if (laws[i]->r_squared < options.min_r_squared) {
      fit->warnings.push_back(
          absl::StrFormat("%s: R squared %.3f is below fitting.min_r_squared (%g)", names[i],
                          laws[i]->r_squared, options.min_r_squared));
    }
  }
  if (options.expected_exponent > 0 &&
      std::abs(fit->n_opt.exponent_a - options.expected_exponent) > options.exponent_tolerance) {
    fit->warnings.push_back(absl::StrFormat(
        "N_opt: exponent %.3f is further than validation.exponent_tolerance (%g) from "
        "validation.expected_exponent (%g)",
        fit->n_opt.exponent_a, options.exponent_tolerance, options.expected_exponent));
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const EnvelopeOptions& options) {
  if (options.grid < 10 || options.resamples < 0 ||
      !(options.confidence > 0 && options.confidence < 1)) {
    return absl::InvalidArgumentError(
        "an envelope needs a grid of 10 values or more, no negative number of resamples and a "
        "confidence between 0 and 1");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EnvelopeFit> FitEnvelope(const std::vector<CurveRun>& runs,
                                        absl::Span<const CurvePoint> points,
                                        const EnvelopeOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  EnvelopeFit fit;
  const auto knots = CollectKnots(runs, points, &fit);
  if (knots.size() < kFewestSizes) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "an envelope needs training curves of %d runs or more; here are %d usable ones of %d runs",
        kFewestSizes, knots.size(), runs.size()));
  }
  const std::vector<double> grid = MakeGrid(knots, options.grid);
  std::vector<GriddedCurve> curves;
  curves.reserve(knots.size());
  for (const auto& [run, own] : knots) {
    curves.push_back(OnGrid(run, Smoothed(own, options.smooth), grid));
  }
  fit.points = LowestPoints(runs, curves, grid, options.enforce_monotonic);
  const size_t sizes = SizesOf(fit.points);
  if (sizes < kFewestSizes) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "an envelope needs %d sizes that are lowest somewhere and are neither the smallest nor the "
        "largest trained there; here are %d. Train more sizes over overlapping compute",
        kFewestSizes, sizes));
  }
  std::set<int> on_envelope;
  for (const EnvelopePoint& point : fit.points) on_envelope.insert(point.run);
  fit.runs_on_envelope = static_cast<int>(on_envelope.size());
  fit.runs_used = static_cast<int>(curves.size());
  if (absl::Status status = FitLaws(options, &fit); !status.ok()) return status;
  AddEnvelopeDraws(runs, curves, grid, options, &fit);
  return fit;
}

absl::StatusOr<Prediction> PredictEnvelope(const EnvelopeFit& fit, double target_flops) {
  if (!Usable(target_flops)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("target compute must be positive and finite, not %g", target_flops));
  }
  if (fit.points.empty()) {
    return absl::FailedPreconditionError("this envelope has no points to predict from");
  }
  const double log_compute = std::log(target_flops);
  const auto value = [&](const PowerLaw& law) {
    return law.coefficient_k * std::exp(law.exponent_a * log_compute);
  };
  const auto interval = [&](size_t index) {
    std::vector<double> values;
    for (size_t i = 2 * index; i + 1 < fit.draws.size(); i += 6) {
      values.push_back(std::exp(fit.draws[i] + fit.draws[i + 1] * log_compute));
    }
    return PercentileInterval(std::move(values), fit.confidence);
  };
  Prediction prediction;
  prediction.target_compute = target_flops;
  prediction.optimal_params = value(fit.n_opt);
  prediction.optimal_tokens = value(fit.d_opt);
  prediction.expected_loss = value(fit.l_opt);
  prediction.tokens_per_param = prediction.optimal_tokens / prediction.optimal_params;
  prediction.params_ci = interval(0);
  prediction.tokens_ci = interval(1);
  prediction.loss_ci = interval(2);
  prediction.extrapolation = target_flops / fit.points.back().flops;
  return prediction;
}

}  // namespace ff::scaling
