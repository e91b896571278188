#include "server/scaling/prior_optimum.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ff::scaling {
namespace {

constexpr double kPetaflopDay = 1e15 * 86400;

// N_opt of L = E + A/N^alpha + B/D^beta under C = 6 N D (Hoffmann et al. 2022, equation 4).
PriorLaw FromSurface(double a, double b, double alpha, double beta, const std::string& origin) {
  const double exponent = beta / (alpha + beta);
  const double g = std::pow(alpha * a / (beta * b), 1 / (alpha + beta));
  return {g * std::pow(6.0, -exponent), exponent, origin};
}

bool IsRatio(const std::string& law) { return law.empty() || law == "tokens_per_param"; }

double AtSmallestBudget(const SweepSpec& spec) {
  return std::sqrt(spec.compute.min_flops / (6 * spec.grid.tokens_per_param));
}

}  // namespace

absl::StatusOr<PriorLaw> PriorLawOf(const SweepSpec& spec) {
  const PriorSpec& prior = spec.prior;
  if (!prior.sweep.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("prior.sweep '", prior.sweep, "' has not been looked up"));
  }
  if (IsRatio(prior.law)) {
    const double exponent = spec.grid.exponent;
    return PriorLaw{AtSmallestBudget(spec) * std::pow(spec.compute.min_flops, -exponent), exponent,
                    absl::StrFormat("%g tokens per parameter at the smallest budget, exponent %g",
                                    spec.grid.tokens_per_param, exponent)};
  }
  if (prior.law == "power_law") {
    return PriorLaw{prior.coefficient, prior.exponent,
                    prior.origin.empty() ? "prior.coefficient and prior.exponent" : prior.origin};
  }
  if (prior.law == "hoffmann2022_approach1") {
    return PriorLaw{0.0909, 0.5, "Hoffmann et al. 2022, approach 1"};
  }
  if (prior.law == "hoffmann2022_approach3") {
    return FromSurface(406.4, 410.7, 0.34, 0.28, "Hoffmann et al. 2022, approach 3");
  }
  if (prior.law == "besiroglu2024") {
    return FromSurface(482.01, 2085.43, 0.3478, 0.3658, "Besiroglu et al. 2024");
  }
  if (prior.law == "kaplan2020") {
    return PriorLaw{1.3e9 * std::pow(kPetaflopDay, -0.73), 0.73,
                    "Kaplan et al. 2020 (parameters without embedding)"};
  }
  return absl::InvalidArgumentError(
      absl::StrCat("prior.law must be tokens_per_param, power_law, hoffmann2022_approach1, "
                   "hoffmann2022_approach3, besiroglu2024 or kaplan2020, not '",
                   prior.law, "'"));
}

double PriorOptimum(const SweepSpec& spec, double budget) {
  const absl::StatusOr<PriorLaw> law = PriorLawOf(spec);
  if (!law.ok() || IsRatio(spec.prior.law)) {
    return AtSmallestBudget(spec) * std::pow(budget / spec.compute.min_flops, spec.grid.exponent);
  }
  return law->coefficient * std::pow(budget, law->exponent);
}

}  // namespace ff::scaling
