#include "server/analysis/predict_all.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/scaling/bootstrap.h"
#include "server/scaling/envelope.h"
#include "server/scaling/isoflop_analysis.h"
#include "server/scaling/law_fit.h"

namespace ff::analysis {
namespace {

bool IsSet(const Interval& interval) { return interval.low != interval.high; }

bool Overlap(const Interval& a, const Interval& b) { return a.low <= b.high && b.low <= a.high; }

}  // namespace

double LargestCompute(const Analysis& analysis) {
  double largest = 0;
  for (const OptimalPoint& point : analysis.fit.optimal_points) {
    largest = std::max(largest, point.compute_budget);
  }
  if (largest > 0) return largest;
  if (analysis.surface) largest = std::max(largest, analysis.surface->largest_compute);
  if (analysis.envelope && !analysis.envelope->points.empty()) {
    largest = std::max(largest, analysis.envelope->points.back().flops);
  }
  return largest;
}

namespace {

// D/N at the target by each of the envelope's or profiles' draws: (ln k, a) of N, D, L.
Interval RatioOfPowerLaws(const std::vector<double>& draws, double target, double confidence) {
  std::vector<double> ratios;
  for (size_t i = 0; i + 6 <= draws.size(); i += 6) {
    ratios.push_back(
        std::exp(draws[i + 2] - draws[i] + (draws[i + 3] - draws[i + 1]) * std::log(target)));
  }
  return scaling::PercentileInterval(std::move(ratios), confidence);
}

// The same by the surface's draws, each a law of its own.
Interval RatioOfSurface(const LawFit& law, double target) {
  LawFit drawn = law;
  drawn.draws.clear();
  drawn.resamples = 0;
  std::vector<double> ratios;
  const size_t width = law.parameters.size();
  for (size_t row = 0; row + width <= law.draws.size(); row += width) {
    for (size_t i = 0; i < width; ++i) drawn.parameters[i].value = law.draws[row + i];
    const absl::StatusOr<Prediction> at = scaling::PredictLaw(drawn, target);
    if (at.ok()) ratios.push_back(at->tokens_per_param);
  }
  return scaling::PercentileInterval(std::move(ratios), law.confidence);
}

}  // namespace

absl::StatusOr<std::vector<MethodPrediction>> PredictAll(const Analysis& analysis,
                                                         double target_flops) {
  if (!(target_flops > 0) || !std::isfinite(target_flops)) {
    return absl::InvalidArgumentError(
        absl::StrCat("compute to predict for must be positive and finite, not ", target_flops));
  }
  std::vector<MethodPrediction> all;
  absl::Status why = absl::FailedPreconditionError("no approach has a law to predict from");
  const auto add = [&](const std::string& method, const absl::StatusOr<Prediction>& prediction,
                       const auto& ratio_ci) {
    if (!prediction.ok()) why = prediction.status();
    if (!prediction.ok()) return;
    all.push_back({method, *prediction});
    all.back().at.tokens_per_param_ci = ratio_ci();
  };
  if (analysis.HasProfiles()) {
    const Fit& fit = analysis.fit;
    add("isoflop", scaling::Predict(fit, target_flops),
        [&] { return RatioOfPowerLaws(fit.draws, target_flops, fit.confidence); });
  }
  if (analysis.surface) {
    add("surface", scaling::PredictLaw(*analysis.surface, target_flops),
        [&] { return RatioOfSurface(*analysis.surface, target_flops); });
  }
  if (analysis.envelope) {
    const EnvelopeFit& fit = *analysis.envelope;
    add("envelope", scaling::PredictEnvelope(fit, target_flops),
        [&] { return RatioOfPowerLaws(fit.draws, target_flops, fit.confidence); });
  }
  if (all.empty()) return why;
  return all;
}

std::string Disagreement(const std::vector<MethodPrediction>& predictions) {
  std::string text;
  constexpr double kWorthSaying = 1.1;
  for (size_t i = 1; i < predictions.size(); ++i) {
    const MethodPrediction& a = predictions[0];
    const MethodPrediction& b = predictions[i];
    const double ratio = b.at.optimal_params / a.at.optimal_params;
    const double factor = std::max(ratio, 1 / ratio);
    if (!std::isfinite(factor) || factor < kWorthSaying) continue;
    const bool known = IsSet(a.at.params_ci) && IsSet(b.at.params_ci);
    absl::StrAppendFormat(&text, "%s%s and %s differ by a factor %.3g in N at %.3g FLOP%s",
                          text.empty() ? "" : "; ", a.method, b.method, factor, a.at.target_compute,
                          !known                                    ? ""
                          : Overlap(a.at.params_ci, b.at.params_ci) ? ", within their intervals"
                                                                    : ", beyond their intervals");
  }
  return text;
}

}  // namespace ff::analysis
