#include "server/scaling/fit_checks.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "server/scaling/power_law.h"

namespace ff::scaling {
namespace {

constexpr double kNarrowRange = 10;
// Budgets a decade apart by the plan are hit to a part of a percent.
constexpr double kNearly = 0.99;

void CheckRSquared(const AnalysisOptions& options, Fit* fit) {
  for (const PowerLaw* law : {&fit->n_opt, &fit->d_opt, &fit->l_opt}) {
    if (law->r_squared >= options.min_r_squared) continue;
    fit->warnings.push_back(
        absl::StrFormat("%s: R squared %.3f is below fitting.min_r_squared (%g)", law->name,
                        law->r_squared, options.min_r_squared));
  }
  if (options.method != "quadratic") return;
  for (const OptimalPoint& point : fit->optimal_points) {
    if (point.r_squared >= options.min_r_squared) continue;
    fit->warnings.push_back(absl::StrFormat(
        "%.3g FLOP: the parabola's R squared %.3f is below fitting.min_r_squared (%g)",
        point.compute_budget, point.r_squared, options.min_r_squared));
  }
}

void CheckExponent(const AnalysisOptions& options, Fit* fit) {
  if (options.expected_exponent <= 0) return;
  const double distance = std::abs(fit->n_opt.exponent_a - options.expected_exponent);
  if (distance <= options.exponent_tolerance) return;
  fit->warnings.push_back(absl::StrFormat(
      "N_opt: exponent %.3f is further than validation.exponent_tolerance (%g) from "
      "validation.expected_exponent (%g)",
      fit->n_opt.exponent_a, options.exponent_tolerance, options.expected_exponent));
}

void CheckRange(Fit* fit) {
  const double ratio =
      fit->optimal_points.back().compute_budget / fit->optimal_points.front().compute_budget;
  if (ratio >= kNearly * kNarrowRange) return;
  fit->warnings.push_back(absl::StrFormat(
      "the usable budgets span a factor of %.3g only; exponents need a factor of %g or more", ratio,
      kNarrowRange));
}

void LeaveEachOut(const AnalysisOptions& options, Fit* fit) {
  const std::vector<OptimalPoint>& points = fit->optimal_points;
  for (size_t left_out = 0; left_out < points.size(); ++left_out) {
    std::vector<double> x, y;
    for (size_t i = 0; i < points.size(); ++i) {
      if (i == left_out) continue;
      x.push_back(std::log(points[i].compute_budget));
      y.push_back(std::log(points[i].model_size));
    }
    const Line line =
        options.robust ? ReweightedHuberLine(x, y, HuberDelta(x, y)) : LeastSquaresLine(x, y);
    fit->leave_one_out.push_back({points[left_out].compute_budget, line.slope});
    const double shift = std::abs(line.slope - fit->n_opt.exponent_a);
    if (options.exponent_tolerance <= 0 || shift <= options.exponent_tolerance) continue;
    fit->warnings.push_back(
        absl::StrFormat("N_opt: without the budget %.3g FLOP the exponent is %.3f instead of %.3f; "
                        "one budget decides it",
                        points[left_out].compute_budget, line.slope, fit->n_opt.exponent_a));
  }
}

}  // namespace

std::vector<size_t> MonotonicPoints(const std::vector<OptimalPoint>& points) {
  std::vector<size_t> length(points.size(), 1), before(points.size());
  size_t last = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    before[i] = i;
    for (size_t j = 0; j < i; ++j) {
      if (points[j].model_size <= points[i].model_size && length[j] + 1 > length[i]) {
        length[i] = length[j] + 1;
        before[i] = j;
      }
    }
    if (length[i] > length[last]) last = i;
  }
  std::vector<size_t> kept;
  if (points.empty()) return kept;
  for (size_t i = last;; i = before[i]) {
    kept.push_back(i);
    if (before[i] == i) break;
  }
  std::reverse(kept.begin(), kept.end());
  return kept;
}

void AddChecks(const AnalysisOptions& options, Fit* fit) {
  CheckRSquared(options, fit);
  CheckExponent(options, fit);
  CheckRange(fit);
  if (options.leave_one_out) LeaveEachOut(options, fit);
}

}  // namespace ff::scaling
