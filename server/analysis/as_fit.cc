// Laws of the surface and of the envelope in the form of a Fit, declared in analyze_runs.h.
#include <cmath>

#include "absl/strings/str_format.h"
#include "server/analysis/analyze_runs.h"
#include "server/scaling/law_fit.h"

namespace ff::analysis {
namespace {

PowerLaw LawOf(const std::string& name, double k, const Interval& k_ci, double a,
               const Interval& a_ci, double r_squared) {
  PowerLaw law;
  law.name = name;
  law.coefficient_k = k;
  law.k_ci = k_ci;
  law.exponent_a = a;
  law.a_ci = a_ci;
  law.r_squared = r_squared;
  law.formula = absl::StrFormat("%s = %.4g * C^%.4f", name, k, a);
  return law;
}

}  // namespace

absl::StatusOr<Fit> SurfaceAsFit(const LawFit& law) {
  if (std::isnan(law.n_opt_exponent)) {
    return absl::FailedPreconditionError("the law has no best size to predict");
  }
  // N_opt = k C^a, so that k is N_opt at one FLOP; its interval comes along.
  const absl::StatusOr<Prediction> at_one = scaling::PredictLaw(law, 1);
  if (!at_one.ok()) return at_one.status();
  const absl::StatusOr<Prediction> at_largest = scaling::PredictLaw(law, law.largest_compute);
  if (!at_largest.ok()) return at_largest.status();
  Fit fit;
  fit.method = "surface";
  fit.n_opt = LawOf("N_opt", at_one->optimal_params, at_one->params_ci, law.n_opt_exponent,
                    law.n_opt_exponent_ci, law.r_squared);
  fit.d_opt = LawOf("D_opt", at_one->optimal_tokens, at_one->tokens_ci, law.d_opt_exponent,
                    law.d_opt_exponent_ci, law.r_squared);
  // L_opt - E = K C^-g, two points of which give both.
  const double e = scaling::ParameterOf(law, "e");
  const double constant = std::isnan(e) ? 0 : e;
  const double low = at_one->expected_loss - constant;
  const double high = at_largest->expected_loss - constant;
  const double g = law.largest_compute > 1 && low > 0 && high > 0
                       ? std::log(high / low) / std::log(law.largest_compute)
                       : 0;
  fit.l_opt = LawOf("L_opt", low, {}, g, {}, law.r_squared);
  fit.l_opt.formula = absl::StrFormat("L_opt = %.4g + %.4g * C^%.4f", constant, low, g);
  fit.optimal_ratio = at_largest->tokens_per_param;
  fit.warnings = law.warnings;
  fit.runs_used = law.runs;
  fit.resamples = law.resamples;
  fit.confidence = law.confidence;
  return fit;
}

Fit EnvelopeAsFit(const EnvelopeFit& envelope) {
  Fit fit;
  fit.method = "envelope";
  fit.n_opt = envelope.n_opt;
  fit.d_opt = envelope.d_opt;
  fit.l_opt = envelope.l_opt;
  if (!envelope.points.empty()) {
    const EnvelopePoint& last = envelope.points.back();
    fit.optimal_ratio = last.tokens / last.parameters;
  }
  fit.warnings = envelope.warnings;
  fit.runs_used = envelope.runs_used;
  fit.resamples = envelope.resamples;
  fit.confidence = envelope.confidence;
  fit.draws = envelope.draws;
  return fit;
}

}  // namespace ff::analysis
