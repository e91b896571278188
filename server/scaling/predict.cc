// A law read at a new budget; the other half of isoflop_analysis.h.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "server/scaling/bootstrap.h"
#include "server/scaling/isoflop_analysis.h"

namespace ff::scaling {
namespace {

double ValueAt(const PowerLaw& law, double compute) {
  return law.coefficient_k * std::pow(compute, law.exponent_a);
}

Interval IntervalAt(const Fit& fit, int law_index, double compute) {
  std::vector<double> values;
  for (size_t i = 2 * law_index; i + 1 < fit.draws.size(); i += 6) {
    values.push_back(std::exp(fit.draws[i] + fit.draws[i + 1] * std::log(compute)));
  }
  return PercentileInterval(std::move(values), fit.confidence);
}

}  // namespace

absl::StatusOr<Prediction> Predict(const Fit& fit, double target_flops) {
  if (!std::isfinite(target_flops) || target_flops <= 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("target compute must be positive and finite, not %g", target_flops));
  }
  if (fit.optimal_points.empty() || !(fit.n_opt.coefficient_k > 0)) {
    return absl::FailedPreconditionError("this fit has no law to predict from; analyze again");
  }
  double largest = 0;
  for (const OptimalPoint& point : fit.optimal_points) {
    largest = std::max(largest, point.compute_budget);
  }
  Prediction prediction;
  prediction.target_compute = target_flops;
  prediction.optimal_params = ValueAt(fit.n_opt, target_flops);
  prediction.optimal_tokens = ValueAt(fit.d_opt, target_flops);
  prediction.expected_loss = ValueAt(fit.l_opt, target_flops);
  prediction.tokens_per_param = prediction.optimal_tokens / prediction.optimal_params;
  prediction.params_ci = IntervalAt(fit, 0, target_flops);
  prediction.tokens_ci = IntervalAt(fit, 1, target_flops);
  prediction.loss_ci = IntervalAt(fit, 2, target_flops);
  prediction.extrapolation = target_flops / largest;
  return prediction;
}

}  // namespace ff::scaling
