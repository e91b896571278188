#include "server/scaling/next_experiments.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/scaling/law_bootstrap.h"
#include "server/scaling/law_fit.h"

namespace ff::scaling {
namespace {

using Matrix = std::vector<std::vector<double>>;

// Differences are taken in the parameters' logarithms, so that one step suits them all; what is
// estimated does not depend on the choice.
class Coordinates {
 public:
  explicit Coordinates(const LawFit& fit) {
    for (const LawParameter& parameter : fit.parameters) values_.push_back(parameter.value);
  }
  size_t size() const { return values_.size(); }
  // The parameters with coordinate i moved by `step` of itself.
  std::vector<double> Moved(size_t i, double step) const {
    std::vector<double> moved = values_;
    moved[i] *= std::exp(step);
    return moved;
  }
  // d f / d ln p_i by central differences; error about 1e-10 of f.
  template <typename F>
  std::vector<double> Gradient(const F& f) const {
    constexpr double kStep = 1e-5;
    std::vector<double> gradient;
    for (size_t i = 0; i < size(); ++i) {
      gradient.push_back((f(Moved(i, kStep)) - f(Moved(i, -kStep))) / (2 * kStep));
    }
    return gradient;
  }

 private:
  std::vector<double> values_;
};

std::vector<double> RunGradient(const LawFit& fit, const Coordinates& at, double n, double d,
                                double c) {
  return at.Gradient(
      [&](const std::vector<double>& p) { return std::log(LossAt(fit, p, n, d, c)); });
}

double GoalValue(const LawFit& fit, const std::vector<double>& p, NextGoal goal, double target) {
  if (goal == NextGoal::kExponent) return ExponentsOf(fit.family, p.data(), p.size()).n;
  LawFit moved = fit;
  moved.draws.clear();
  moved.resamples = 0;
  for (size_t i = 0; i < p.size(); ++i) moved.parameters[i].value = p[i];
  const auto prediction = PredictLaw(moved, target);
  if (!prediction.ok()) return NAN;
  return std::log(goal == NextGoal::kLossAtTarget ? prediction->expected_loss
                                                  : prediction->optimal_params);
}

void AddOuter(const std::vector<double>& g, Matrix* information) {
  for (size_t i = 0; i < g.size(); ++i) {
    for (size_t j = 0; j < g.size(); ++j) (*information)[i][j] += g[i] * g[j];
  }
}

// Gauss-Jordan with scaling to a unit diagonal; false where singular.
bool Invert(const Matrix& m, Matrix* inverse) {
  const size_t n = m.size();
  std::vector<double> scale(n);
  for (size_t i = 0; i < n; ++i) {
    if (!(m[i][i] > 0)) return false;
    scale[i] = 1 / std::sqrt(m[i][i]);
  }
  Matrix a(n, std::vector<double>(2 * n, 0));
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) a[i][j] = m[i][j] * scale[i] * scale[j];
    a[i][n + i] = 1;
  }
  for (size_t k = 0; k < n; ++k) {
    size_t pivot = k;
    for (size_t i = k + 1; i < n; ++i) {
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    }
    if (!(std::abs(a[pivot][k]) > 1e-13)) return false;
    std::swap(a[k], a[pivot]);
    for (size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = a[i][k] / a[k][k];
      for (size_t j = k; j < 2 * n; ++j) a[i][j] -= factor * a[k][j];
    }
  }
  inverse->assign(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) (*inverse)[i][j] = a[i][n + j] / a[i][i] * scale[i] * scale[j];
  }
  return true;
}

std::vector<double> Times(const Matrix& m, const std::vector<double>& v) {
  std::vector<double> product(v.size(), 0);
  for (size_t i = 0; i < v.size(); ++i) {
    for (size_t j = 0; j < v.size(); ++j) product[i] += m[i][j] * v[j];
  }
  return product;
}

double Dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// g' V g with one more row x: V - V x x' V / (1 + x' V x) (Sherman and Morrison 1950).
double VarianceWith(const Matrix& covariance, const std::vector<double>& goal,
                    const std::vector<double>& row) {
  const std::vector<double> v = Times(covariance, row);
  const double cross = Dot(goal, v);
  return Dot(goal, Times(covariance, goal)) - cross * cross / (1 + Dot(row, v));
}

// Standard deviation that stands in for a run's noise: that of Gaussian noise under least squares,
// and more where the loss looks at signs rather than sizes. An M-estimator's covariance is
// E[psi^2] / E[psi']^2 (J'J)^-1 (Huber 1964); with psi = r cut off at delta and t = delta / sd,
//   E[psi'] = P(|z| < t) = p,   E[psi^2] = sd^2 (p - 2 t phi(t) + t^2 (1 - p)),
// which tends to pi/2 sd^2 for delta to 0, least absolute deviation.
double SpreadOfARun(const LawFit& fit) {
  const bool squares = fit.loss == LossFunction::kLogSquares || fit.loss == LossFunction::kSquares;
  if (squares) return fit.noise_sd;
  const double t = fit.loss == LossFunction::kLad ? 0 : fit.huber_delta / fit.noise_sd;
  if (t < 1e-3) return std::sqrt(std::numbers::pi / 2) * fit.noise_sd;
  const double p = std::erf(t / std::numbers::sqrt2);
  const double density = std::exp(-t * t / 2) / std::sqrt(2 * std::numbers::pi);
  return fit.noise_sd * std::sqrt(p - 2 * t * density + t * t * (1 - p)) / p;
}

struct Design {
  Matrix covariance;  // for noise of sd 1
  std::vector<double> goal;
  std::vector<std::vector<double>> rows;  // of the candidates
  std::vector<double> flops;
};

absl::StatusOr<Design> MakeDesign(const RunTable& table, const LawFit& fit,
                                  absl::Span<const CandidateExperiment> candidates, NextGoal goal,
                                  double target) {
  if (goal != NextGoal::kExponent && !(target > 0 && std::isfinite(target))) {
    return absl::InvalidArgumentError(
        absl::StrFormat("target compute must be positive and finite, not %g", target));
  }
  if (!fit.identifiable || !(fit.noise_sd > 0)) {
    return absl::FailedPreconditionError(
        fit.identifiable ? "the law meets every run exactly, so there is no noise to scale an "
                           "interval by"
                         : "the law's parameters cannot be told apart: " + fit.not_identifiable);
  }
  if (fit.family == LawFamily::kGroupOffsets) {
    return absl::FailedPreconditionError(
        "experiments are proposed for one group at a time; fit that group alone");
  }
  const Coordinates at(fit);
  Design design;
  design.goal =
      at.Gradient([&](const std::vector<double>& p) { return GoalValue(fit, p, goal, target); });
  for (const double value : design.goal) {
    if (!std::isfinite(value)) {
      return absl::FailedPreconditionError("this law has no optimum to sharpen");
    }
  }
  Matrix information(at.size(), std::vector<double>(at.size(), 0));
  for (size_t i = 0; i < table.size(); ++i) {
    AddOuter(RunGradient(fit, at, table.parameters[i], table.tokens[i], table.compute[i]),
             &information);
  }
  if (!Invert(information, &design.covariance)) {
    return absl::FailedPreconditionError("the runs do not determine the law's parameters");
  }
  for (const CandidateExperiment& candidate : candidates) {
    if (!(candidate.parameters > 0 && candidate.tokens > 0 && std::isfinite(candidate.parameters) &&
          std::isfinite(candidate.tokens))) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "a candidate has %g parameters and %g tokens; both must be positive and finite",
          candidate.parameters, candidate.tokens));
    }
    design.flops.push_back(fit.flops_per_param_token * candidate.parameters * candidate.tokens);
    design.rows.push_back(RunGradient(fit, at, candidate.parameters, candidate.tokens, 0));
  }
  return design;
}

CandidateValue ValueOf(const Design& design, double spread, size_t i) {
  CandidateValue value;
  value.candidate = i;
  value.flops = design.flops[i];
  value.sd_before = spread * std::sqrt(Dot(design.goal, Times(design.covariance, design.goal)));
  value.sd_after = spread * std::sqrt(std::max(
                                0.0, VarianceWith(design.covariance, design.goal, design.rows[i])));
  value.shrinkage = value.sd_before > 0 ? 1 - value.sd_after / value.sd_before : 0;
  return value;
}

}  // namespace

absl::StatusOr<std::vector<CandidateValue>> ValueCandidates(
    const RunTable& table, const LawFit& fit, absl::Span<const CandidateExperiment> candidates,
    NextGoal goal, double target_flops) {
  const auto design = MakeDesign(table, fit, candidates, goal, target_flops);
  if (!design.ok()) return design.status();
  std::vector<CandidateValue> values;
  for (size_t i = 0; i < candidates.size(); ++i)
    values.push_back(ValueOf(*design, SpreadOfARun(fit), i));
  return values;
}

absl::StatusOr<std::vector<CandidateValue>> ChooseNext(
    const RunTable& table, const LawFit& fit, absl::Span<const CandidateExperiment> candidates,
    NextGoal goal, double target_flops, int count, double cost_power, bool with_repeats) {
  auto design = MakeDesign(table, fit, candidates, goal, target_flops);
  if (!design.ok()) return design.status();
  std::vector<bool> taken(candidates.size(), false);
  std::vector<CandidateValue> chosen;
  while (static_cast<int>(chosen.size()) < count) {
    CandidateValue best;
    double best_score = 0;
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (taken[i]) continue;
      const CandidateValue value = ValueOf(*design, SpreadOfARun(fit), i);
      const double score = value.shrinkage / std::pow(value.flops, cost_power);
      if (score <= best_score) continue;
      best_score = score;
      best = value;
    }
    if (best_score <= 0) break;
    taken[best.candidate] = !with_repeats;
    chosen.push_back(best);
    const std::vector<double>& row = design->rows[best.candidate];
    const std::vector<double> v = Times(design->covariance, row);
    const double scale = 1 + Dot(row, v);
    for (size_t i = 0; i < v.size(); ++i) {
      for (size_t j = 0; j < v.size(); ++j) design->covariance[i][j] -= v[i] * v[j] / scale;
    }
  }
  return chosen;
}

}  // namespace ff::scaling
