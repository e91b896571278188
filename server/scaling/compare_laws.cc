// Do two laws differ; part of law_diagnostics.h.
#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/str_cat.h"
#include "server/scaling/bootstrap.h"
#include "server/scaling/isoflop_analysis.h"
#include "server/scaling/law_bootstrap.h"
#include "server/scaling/law_diagnostics.h"
#include "server/scaling/law_fit.h"

namespace ff::scaling {
namespace {

// The two bootstraps are independent, so draw i of one against draw i of the other is a draw
// of the difference. p = 2 min(P(d > 0), P(d < 0)), ties shared, never below 2 / (draws + 1).
LawComparison Compare(const std::string& quantity, double a, double b,
                      const std::vector<double>& draws_a, const std::vector<double>& draws_b,
                      double confidence) {
  LawComparison comparison{quantity, a, b, a - b, {}, NAN};
  std::vector<double> differences;
  double above = 0;
  for (size_t i = 0; i < std::min(draws_a.size(), draws_b.size()); ++i) {
    const double difference = draws_a[i] - draws_b[i];
    if (!std::isfinite(difference)) continue;
    differences.push_back(difference);
    above += difference > 0 ? 1 : (difference == 0 ? 0.5 : 0);
  }
  if (differences.size() < 2) return comparison;
  const double count = static_cast<double>(differences.size());
  const double p = std::max(2 * std::min(above, count - above) / count, 2 / (count + 1));
  comparison.probability_differ = 1 - std::min(p, 1.0);
  comparison.difference_ci = PercentileInterval(std::move(differences), confidence);
  return comparison;
}

using Quantity = std::function<double(const LawFit&)>;

// The fit with each of its draws in its parameters' place.
std::vector<double> OverDraws(const LawFit& fit, const Quantity& quantity) {
  LawFit drawn = fit;
  drawn.draws.clear();
  drawn.resamples = 0;
  const size_t count = fit.parameters.size();
  std::vector<double> values;
  for (int r = 0; r < fit.resamples; ++r) {
    for (size_t p = 0; p < count; ++p) drawn.parameters[p].value = fit.draws[r * count + p];
    values.push_back(quantity(drawn));
  }
  return values;
}

double Exponent(const LawFit& fit, bool of_size) {
  std::vector<double> values;
  for (const LawParameter& parameter : fit.parameters) values.push_back(parameter.value);
  const auto exponents = ExponentsOf(fit.family, values.data(), values.size());
  return of_size ? exponents.n : exponents.d;
}

}  // namespace

std::vector<LawComparison> CompareLaws(const LawFit& a, const LawFit& b, double target_flops) {
  std::vector<std::pair<std::string, Quantity>> quantities;
  if (std::isfinite(a.n_opt_exponent) && std::isfinite(b.n_opt_exponent)) {
    quantities.emplace_back("n_opt_exponent", [](const LawFit& f) { return Exponent(f, true); });
    quantities.emplace_back("d_opt_exponent", [](const LawFit& f) { return Exponent(f, false); });
  }
  for (const LawParameter& parameter : a.parameters) {
    if (a.family != b.family || std::isnan(ParameterOf(b, parameter.name))) continue;
    const std::string name = parameter.name;
    quantities.emplace_back(name, [name](const LawFit& f) { return ParameterOf(f, name); });
  }
  if (target_flops > 0) {
    const auto at = [target_flops](double Prediction::*member) {
      return [target_flops, member](const LawFit& f) {
        const auto prediction = PredictLaw(f, target_flops);
        return prediction.ok() ? (*prediction).*member : NAN;
      };
    };
    quantities.emplace_back("loss_at_target", at(&Prediction::expected_loss));
    quantities.emplace_back("n_opt_at_target", at(&Prediction::optimal_params));
    quantities.emplace_back("d_opt_at_target", at(&Prediction::optimal_tokens));
  }
  std::vector<LawComparison> comparisons;
  for (const auto& [name, quantity] : quantities) {
    const double value_a = quantity(a), value_b = quantity(b);
    if (!std::isfinite(value_a) || !std::isfinite(value_b)) continue;
    comparisons.push_back(Compare(name, value_a, value_b, OverDraws(a, quantity),
                                  OverDraws(b, quantity), std::min(a.confidence, b.confidence)));
  }
  return comparisons;
}

std::vector<LawComparison> CompareFits(const Fit& a, const Fit& b, double target_flops) {
  const auto column = [](const Fit& fit, size_t index, double log_compute) {
    std::vector<double> values;
    for (size_t i = 0; i + 5 < fit.draws.size(); i += 6) {
      values.push_back(log_compute == 0 ? fit.draws[i + index]
                                        : std::exp(fit.draws[i + index - 1] +
                                                   fit.draws[i + index] * log_compute));
    }
    return values;
  };
  const double confidence = std::min(a.confidence, b.confidence);
  const PowerLaw* laws_a[] = {&a.n_opt, &a.d_opt, &a.l_opt};
  const PowerLaw* laws_b[] = {&b.n_opt, &b.d_opt, &b.l_opt};
  const char* names[] = {"n_opt", "d_opt", "l_opt"};
  std::vector<LawComparison> comparisons;
  for (size_t i = 0; i < 3; ++i) {
    comparisons.push_back(Compare(absl::StrCat(names[i], "_exponent"), laws_a[i]->exponent_a,
                                  laws_b[i]->exponent_a, column(a, 2 * i + 1, 0),
                                  column(b, 2 * i + 1, 0), confidence));
  }
  if (!(target_flops > 0)) return comparisons;
  const double log_compute = std::log(target_flops);
  const auto at = [log_compute](const PowerLaw& law) {
    return law.coefficient_k * std::exp(law.exponent_a * log_compute);
  };
  for (size_t i = 0; i < 3; ++i) {
    comparisons.push_back(Compare(absl::StrCat(names[i], "_at_target"), at(*laws_a[i]),
                                  at(*laws_b[i]), column(a, 2 * i + 1, log_compute),
                                  column(b, 2 * i + 1, log_compute), confidence));
  }
  return comparisons;
}

}  // namespace ff::scaling
