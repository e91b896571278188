#include "server/figures/law_curve.h"

#include <cmath>

#include "server/scaling/bootstrap.h"

namespace ff::figures {
namespace {

constexpr int kPoints = 60;

}  // namespace

const PowerLaw& LawOf(const Fit& fit, Law law) {
  if (law == Law::kModelSize) return fit.n_opt;
  return law == Law::kTokens ? fit.d_opt : fit.l_opt;
}

LawCurve CurveOf(const Fit& fit, Law law, double from, double to) {
  const PowerLaw& power_law = LawOf(fit, law);
  LawCurve curve;
  for (int i = 0; i < kPoints; ++i) {
    const double compute = from * std::pow(to / from, static_cast<double>(i) / (kPoints - 1));
    curve.compute.push_back(compute);
    curve.value.push_back(power_law.coefficient_k * std::pow(compute, power_law.exponent_a));
    if (fit.draws.empty()) continue;
    std::vector<double> values;
    for (size_t j = 2 * static_cast<size_t>(law); j + 1 < fit.draws.size(); j += 6) {
      values.push_back(std::exp(fit.draws[j] + fit.draws[j + 1] * std::log(compute)));
    }
    const Interval interval = scaling::PercentileInterval(std::move(values), fit.confidence);
    curve.low.push_back(interval.low);
    curve.high.push_back(interval.high);
  }
  return curve;
}

LawCurve RatioCurveOf(const Fit& fit, double from, double to) {
  LawCurve curve;
  for (int i = 0; i < kPoints; ++i) {
    const double compute = from * std::pow(to / from, static_cast<double>(i) / (kPoints - 1));
    const double log_c = std::log(compute);
    curve.compute.push_back(compute);
    curve.value.push_back(fit.d_opt.coefficient_k / fit.n_opt.coefficient_k *
                          std::pow(compute, fit.d_opt.exponent_a - fit.n_opt.exponent_a));
    if (fit.draws.empty()) continue;
    std::vector<double> values;
    for (size_t j = 0; j + 5 < fit.draws.size(); j += 6) {
      const double ln_n = fit.draws[j] + fit.draws[j + 1] * log_c;
      const double ln_d = fit.draws[j + 2] + fit.draws[j + 3] * log_c;
      values.push_back(std::exp(ln_d - ln_n));
    }
    const Interval interval = scaling::PercentileInterval(std::move(values), fit.confidence);
    curve.low.push_back(interval.low);
    curve.high.push_back(interval.high);
  }
  return curve;
}

}  // namespace ff::figures
