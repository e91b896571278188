// Predicting the largest budgets from the smaller ones; part of law_diagnostics.h.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "server/scaling/law_diagnostics.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/run_screening.h"

namespace ff::scaling {
namespace {

constexpr int kMostDraws = 400;

BacktestPoint Split(const RunTable& table, const BudgetGroups& groups, const LawOptions& options,
                    int left_out) {
  BacktestPoint point;
  point.budgets_left_out = left_out;
  const int kept = static_cast<int>(groups.compute.size()) - left_out;
  std::vector<size_t> before, after;
  for (size_t i = 0; i < table.size(); ++i) {
    // Runs of no budget count by their compute: nothing beyond the split may be seen.
    const bool small = groups.of_run[i] >= 0 ? groups.of_run[i] < kept
                                             : table.compute[i] <= groups.compute[kept - 1];
    if (small) before.push_back(i);
    if (groups.of_run[i] >= kept) after.push_back(i);
  }
  point.runs_fitted = static_cast<int>(before.size());
  point.runs_predicted = static_cast<int>(after.size());
  point.fitted_up_to = groups.compute[kept - 1];
  point.predicted_up_to = groups.compute.back();
  LawOptions some = options;
  some.resamples = std::min(options.resamples, kMostDraws);
  some.unit = ResampleUnit::kRuns;
  const auto fit = FitLaw(SubTable(table, before), some);
  if (!fit.ok()) {
    point.reason = std::string(fit.status().message());
    return point;
  }
  point.n_opt_exponent = fit->n_opt_exponent;
  const Residuals residuals = LawResiduals(SubTable(table, after), *fit);
  for (size_t i = 0; i < after.size(); ++i) {
    const size_t row = after[i];
    const double error = -residuals.runs[i].residual;
    const double share = 1.0 / static_cast<double>(after.size());
    point.mean_error += share * error;
    point.mean_abs_error += share * std::abs(error);
    point.worst_abs_error = std::max(point.worst_abs_error, std::abs(error));
    const Interval interval = LossInterval(*fit, table.parameters[row], table.tokens[row], true);
    point.inside_interval +=
        share * (interval.low <= table.loss[row] && table.loss[row] <= interval.high);
  }
  if (!fit->identifiable) point.reason = fit->not_identifiable;
  return point;
}

}  // namespace

absl::StatusOr<std::vector<BacktestPoint>> LawBacktest(const RunTable& table,
                                                       const BudgetGroups& groups,
                                                       const LawOptions& options, int most) {
  const int budgets = static_cast<int>(groups.compute.size());
  if (budgets < 3 || groups.of_run.size() != table.size()) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "a backtest needs three budgets or more, to fit two and predict the next; here are %d",
        budgets));
  }
  std::vector<BacktestPoint> points;
  for (int left_out = 1; left_out <= std::min(most, budgets - 2); ++left_out) {
    points.push_back(Split(table, groups, options, left_out));
  }
  return points;
}

}  // namespace ff::scaling
