// A law read at sizes, tokens and budgets; part of law_fit.h.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "server/scaling/bootstrap.h"
#include "server/scaling/law_fit.h"

namespace ff::scaling {
namespace {

struct Optimum {
  double n = NAN, d = NAN, loss = NAN;
};

// A/N^alpha + B/D^beta at C = k N D: N = (alpha A / (beta B))^(1/(alpha+beta))
// (C/k)^(beta/(alpha+beta)).
double HoffmannSize(double a, double alpha, double b, double beta, double nd) {
  if (!(alpha > 0 && beta > 0 && a > 0 && b > 0)) return NAN;
  return std::exp((std::log(alpha * a / (beta * b)) + beta * std::log(nd)) / (alpha + beta));
}

double OptimalSize(const LawFit& fit, absl::Span<const double> p, double nd) {
  const size_t last = p.size() - 1;
  switch (fit.family) {
    case LawFamily::kHoffmann:
    case LawFamily::kGroupOffsets:
      return HoffmannSize(p[last - 3], p[last - 1], p[last - 2], p[last], nd);
    case LawFamily::kTied:
      return HoffmannSize(p[1], p[3], p[2], p[3], nd);
    case LawFamily::kKaplan: {
      // (Nc/N)^rho + Dc/D with rho = alpha_N / alpha_D: A = Nc^rho, B = Dc, beta = 1.
      const double rho = p[2] / p[3];
      if (!(rho > 0 && p[3] > 0)) return NAN;
      return std::exp((std::log(rho) + rho * p[0] - p[1] + std::log(nd)) / (rho + 1));
    }
    case LawFamily::kGadre:
      // a M^eta + b M^-eta is least at M = (b/a)^(1/(2 eta)); N = sqrt(ND / M).
      if (!(p[3] > 0 && p[1] > 0 && p[2] > 0)) return NAN;
      return std::sqrt(nd / std::pow(p[2] / p[1], 0.5 / p[3]));
    case LawFamily::kCompute:
      break;
  }
  return NAN;
}

Optimum OptimumOf(const LawFit& fit, absl::Span<const double> p, double compute) {
  Optimum optimum;
  if (fit.family == LawFamily::kCompute) {
    optimum.loss = LossAt(fit, p, 1, 1, compute);
    return optimum;
  }
  const double nd = compute / fit.flops_per_param_token;
  optimum.n = OptimalSize(fit, p, nd);
  optimum.d = nd / optimum.n;
  optimum.loss = LossAt(fit, p, optimum.n, optimum.d, compute);
  return optimum;
}

std::vector<double> Values(const LawFit& fit) {
  std::vector<double> values;
  for (const LawParameter& parameter : fit.parameters) values.push_back(parameter.value);
  return values;
}

absl::Span<const double> DrawOf(const LawFit& fit, int draw) {
  const size_t count = fit.parameters.size();
  return absl::MakeConstSpan(fit.draws).subspan(draw * count, count);
}

}  // namespace

double LossAt(const LawFit& fit, absl::Span<const double> p, double n, double d, double compute,
              int level) {
  const double c = compute > 0 ? compute : fit.flops_per_param_token * n * d;
  const size_t last = p.size() - 1;
  switch (fit.family) {
    case LawFamily::kHoffmann:
    case LawFamily::kGroupOffsets: {
      const double e = fit.family == LawFamily::kHoffmann ? p[0] : p[level];
      return e + p[last - 3] * std::pow(n, -p[last - 1]) + p[last - 2] * std::pow(d, -p[last]);
    }
    case LawFamily::kTied:
      return p[0] + p[1] * std::pow(n, -p[3]) + p[2] * std::pow(d, -p[3]);
    case LawFamily::kKaplan: {
      const double rho = p[2] / p[3];
      const double sum = std::exp(rho * (p[0] - std::log(n))) + std::exp(p[1] - std::log(d));
      return std::pow(sum, p[3]);
    }
    case LawFamily::kCompute:
      return p[0] + p[1] * std::pow(c, -p[2]);
    case LawFamily::kGadre: {
      const double m = d / n;
      return p[0] + (p[1] * std::pow(m, p[3]) + p[2] * std::pow(m, -p[3])) * std::pow(c, -p[3]);
    }
  }
  return NAN;
}

double LossAt(const LawFit& fit, double n, double d, double compute, int level) {
  return LossAt(fit, Values(fit), n, d, compute, level);
}

absl::StatusOr<Prediction> PredictLaw(const LawFit& fit, double target_flops) {
  if (!std::isfinite(target_flops) || target_flops <= 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("target compute must be positive and finite, not %g", target_flops));
  }
  if (fit.parameters.empty()) {
    return absl::FailedPreconditionError("this law has no parameters; analyze again");
  }
  const Optimum best = OptimumOf(fit, Values(fit), target_flops);
  if (!std::isfinite(best.loss)) {
    return absl::FailedPreconditionError(
        "this law has no optimum: its exponents must be positive for size and tokens to be worth "
        "anything");
  }
  Prediction prediction;
  prediction.target_compute = target_flops;
  prediction.optimal_params = best.n;
  prediction.optimal_tokens = best.d;
  prediction.expected_loss = best.loss;
  prediction.tokens_per_param = best.d / best.n;
  prediction.extrapolation = target_flops / fit.largest_compute;
  std::vector<double> n, d, loss;
  for (int r = 0; r < fit.resamples; ++r) {
    const Optimum drawn = OptimumOf(fit, DrawOf(fit, r), target_flops);
    n.push_back(drawn.n);
    d.push_back(drawn.d);
    loss.push_back(drawn.loss);
  }
  prediction.params_ci = PercentileInterval(std::move(n), fit.confidence);
  prediction.tokens_ci = PercentileInterval(std::move(d), fit.confidence);
  prediction.loss_ci = PercentileInterval(std::move(loss), fit.confidence);
  return prediction;
}

absl::StatusOr<std::vector<LawBandPoint>> LawBand(const LawFit& fit, double low, double high,
                                                  int points) {
  if (!(low > 0 && high > low && points >= 2 && std::isfinite(high))) {
    return absl::InvalidArgumentError("a band needs 0 < low < high FLOP and two points or more");
  }
  std::vector<LawBandPoint> band;
  for (int i = 0; i < points; ++i) {
    const double compute = low * std::pow(high / low, static_cast<double>(i) / (points - 1));
    auto at = PredictLaw(fit, compute);
    if (!at.ok()) return at.status();
    band.push_back({compute, *at});
  }
  return band;
}

Interval LossInterval(const LawFit& fit, double n, double d, bool with_noise) {
  if (fit.resamples == 0) return {};
  std::vector<double> values;
  values.reserve(fit.resamples);
  for (int r = 0; r < fit.resamples; ++r) values.push_back(LossAt(fit, DrawOf(fit, r), n, d));
  Interval interval = PercentileInterval(std::move(values), fit.confidence);
  if (!with_noise) return interval;
  // Half-widths in ln L: the law's, and the scatter's at the same confidence.
  const double centre = LossAt(fit, n, d);
  const double tail = NormalQuantile((1 + fit.confidence) / 2) * fit.noise_sd;
  const double below = std::hypot(std::log(centre / std::min(centre, interval.low)), tail);
  const double above = std::hypot(std::log(std::max(centre, interval.high) / centre), tail);
  return {centre * std::exp(-below), centre * std::exp(above)};
}

// Newton on the distribution function from a logistic guess; steps are kept short in the tails.
double NormalQuantile(double probability) {
  if (!(probability > 0 && probability < 1)) return probability <= 0 ? -INFINITY : INFINITY;
  double z = std::log(probability / (1 - probability)) / 1.702;
  for (int i = 0; i < 50; ++i) {
    const double error = 0.5 * std::erfc(-z / std::sqrt(2.0)) - probability;
    const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * M_PI);
    const double step = std::clamp(error / std::max(density, 1e-300), -0.5, 0.5);
    z -= step;
    if (std::abs(step) < 1e-14) break;
  }
  return z;
}

}  // namespace ff::scaling
