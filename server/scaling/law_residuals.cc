// Residuals of a law; part of law_diagnostics.h.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/scaling/law_diagnostics.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/power_law.h"

namespace ff::scaling {
namespace {

constexpr double kOutlier = 4;
constexpr double kTrend = 3;

// Index of each run's E among the law's parameters; 0 but for per-group offsets.
std::vector<int> Levels(const RunTable& table, const LawFit& fit) {
  std::vector<int> levels(table.size(), 0);
  if (fit.family != LawFamily::kGroupOffsets) return levels;
  for (const GroupColumn& group : table.groups) {
    std::vector<int> number(group.levels.size(), -1);
    for (size_t p = 0; p < fit.parameters.size(); ++p) {
      for (size_t l = 0; l < group.levels.size(); ++l) {
        if (fit.parameters[p].name == "e:" + group.levels[l]) number[l] = static_cast<int>(p);
      }
    }
    bool all = true;
    for (const int32_t code : group.codes) all = all && code >= 0 && number[code] >= 0;
    if (!all) continue;
    for (size_t i = 0; i < levels.size(); ++i) levels[i] = number[group.codes[i]];
    return levels;
  }
  return levels;
}

void SetQuantiles(Residuals* residuals) {
  std::vector<size_t> order(residuals->runs.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return residuals->runs[a].residual < residuals->runs[b].residual;
  });
  // Plotting positions (i - 3/8) / (n + 1/4), Blom 1958.
  const double count = static_cast<double>(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    residuals->runs[order[i]].normal_quantile =
        NormalQuantile((static_cast<double>(i) + 0.625) / (count + 0.25));
  }
}

ResidualTrend TrendOf(const std::string& name, const std::vector<double>& x,
                      const std::vector<double>& y) {
  ResidualTrend trend;
  trend.against = name;
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  if (x.size() < 4 || *high - *low < 1e-9) return trend;
  const Line line = LeastSquaresLine(x, y);
  double mean = 0, squares = 0, error = 0;
  for (const double value : x) mean += value / static_cast<double>(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    squares += (x[i] - mean) * (x[i] - mean);
    const double residual = y[i] - line.intercept - line.slope * x[i];
    error += residual * residual;
  }
  trend.slope = line.slope;
  const double sd = std::sqrt(error / static_cast<double>(x.size() - 2) / squares);
  trend.t = sd > 0 ? line.slope / sd : 0;
  return trend;
}

void AddShape(Residuals* residuals) {
  const double count = static_cast<double>(residuals->runs.size());
  double mean = 0, second = 0, third = 0, fourth = 0;
  for (const RunResidual& run : residuals->runs) mean += run.residual / count;
  for (const RunResidual& run : residuals->runs) {
    const double d = run.residual - mean;
    second += d * d / count;
    third += d * d * d / count;
    fourth += d * d * d * d / count;
  }
  if (!(second > 0)) return;
  residuals->skewness = third / std::pow(second, 1.5);
  residuals->excess_kurtosis = fourth / (second * second) - 3;
}

}  // namespace

Residuals LawResiduals(const RunTable& table, const LawFit& fit) {
  Residuals residuals;
  std::vector<double> y;
  const std::vector<int> levels = Levels(table, fit);
  for (size_t i = 0; i < table.size(); ++i) {
    RunResidual run;
    run.row = i;
    run.predicted = LossAt(fit, table.parameters[i], table.tokens[i], table.compute[i], levels[i]);
    run.residual = std::log(table.loss[i] / run.predicted);
    run.standardized = fit.noise_sd > 0 ? run.residual / fit.noise_sd : 0;
    if (std::abs(run.standardized) > kOutlier) {
      residuals.outliers.push_back(
          {table.run_id[i],
           absl::StrFormat("loss %.4g is %.2f %% %s the law (%.1f robust sd); still in the fit",
                           table.loss[i], 100 * std::abs(std::expm1(run.residual)),
                           run.residual > 0 ? "above" : "below", std::abs(run.standardized))});
    }
    y.push_back(run.residual);
    residuals.runs.push_back(run);
  }
  SetQuantiles(&residuals);
  AddShape(&residuals);
  residuals.trends = {TrendOf("ln N", Log(table.parameters), y),
                      TrendOf("ln D", Log(table.tokens), y),
                      TrendOf("ln C", Log(table.compute), y)};
  for (const ResidualTrend& trend : residuals.trends) {
    if (std::abs(trend.t) <= kTrend) continue;
    residuals.warnings.push_back(absl::StrFormat(
        "residuals drift with %s (slope %.2g, t = %.1f): the law's form does not describe these "
        "runs; try another form or leave out the far end",
        trend.against, trend.slope, trend.t));
  }
  return residuals;
}

}  // namespace ff::scaling
