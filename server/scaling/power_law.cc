#include "server/scaling/power_law.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace ff::scaling {
namespace {

constexpr double kHuberEfficiency = 1.345;
constexpr double kMadToSd = 1.4826;
constexpr double kSmallestDelta = 1e-6;
constexpr int kMaxReweightings = 100;

double Residual(const Line& line, double x, double y) {
  return y - line.intercept - line.slope * x;
}

}  // namespace

Line WeightedLine(absl::Span<const double> x, absl::Span<const double> y,
                  absl::Span<const double> weights) {
  double sum = 0, mean_x = 0, mean_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    sum += weights[i];
    mean_x += weights[i] * x[i];
    mean_y += weights[i] * y[i];
  }
  mean_x /= sum;
  mean_y /= sum;
  double xx = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += weights[i] * (x[i] - mean_x) * (x[i] - mean_x);
    xy += weights[i] * (x[i] - mean_x) * (y[i] - mean_y);
  }
  const double slope = xy / xx;
  return {mean_y - slope * mean_x, slope};
}

std::vector<double> Log(absl::Span<const double> values) {
  std::vector<double> logs(values.begin(), values.end());
  for (double& value : logs) value = std::log(value);
  return logs;
}

double Median(std::vector<double> values) {
  const size_t middle = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + middle, values.end());
  const double upper = values[middle];
  if (values.size() % 2 == 1) return upper;
  return (upper + *std::max_element(values.begin(), values.begin() + middle)) / 2;
}

Line LeastSquaresLine(absl::Span<const double> x, absl::Span<const double> y) {
  return WeightedLine(x, y, std::vector<double>(x.size(), 1.0));
}

Line TheilSenLine(absl::Span<const double> x, absl::Span<const double> y) {
  std::vector<double> slopes, intercepts;
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t j = i + 1; j < x.size(); ++j) {
      if (x[i] != x[j]) slopes.push_back((y[j] - y[i]) / (x[j] - x[i]));
    }
  }
  const double slope = Median(std::move(slopes));
  for (size_t i = 0; i < x.size(); ++i) intercepts.push_back(y[i] - slope * x[i]);
  return {Median(std::move(intercepts)), slope};
}

double HuberDelta(absl::Span<const double> x, absl::Span<const double> y) {
  const Line line = TheilSenLine(x, y);
  std::vector<double> sizes;
  for (size_t i = 0; i < x.size(); ++i) sizes.push_back(std::abs(Residual(line, x[i], y[i])));
  return std::max(kSmallestDelta, kHuberEfficiency * kMadToSd * Median(std::move(sizes)));
}

Line ReweightedHuberLine(absl::Span<const double> x, absl::Span<const double> y, double delta) {
  Line line = TheilSenLine(x, y);
  std::vector<double> weights(x.size());
  for (int i = 0; i < kMaxReweightings; ++i) {
    for (size_t j = 0; j < x.size(); ++j) {
      const double size = std::abs(Residual(line, x[j], y[j]));
      weights[j] = size <= delta ? 1.0 : delta / size;
    }
    const Line next = WeightedLine(x, y, weights);
    const double change = std::abs(next.slope - line.slope);
    line = next;
    if (change < 1e-12) break;
  }
  return line;
}

double RSquared(const Line& line, absl::Span<const double> x, absl::Span<const double> y) {
  double mean = 0;
  for (const double value : y) mean += value / static_cast<double>(y.size());
  double residual = 0, total = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    residual += Residual(line, x[i], y[i]) * Residual(line, x[i], y[i]);
    total += (y[i] - mean) * (y[i] - mean);
  }
  return total > 0 ? 1 - residual / total : 1;
}

absl::StatusOr<PowerLaw> FitPowerLaw(const std::string& name, absl::Span<const double> compute,
                                     absl::Span<const double> values, bool robust) {
  // Compute centred: intercept and slope are then hardly correlated and Ceres converges at once.
  std::vector<double> x = Log(compute);
  const std::vector<double> y = Log(values);
  const double centre = Median(x);
  for (double& value : x) value -= centre;
  const Line start = robust ? TheilSenLine(x, y) : LeastSquaresLine(x, y);
  const auto line = SolveLine(x, y, start, robust ? HuberDelta(x, y) : 0.0);
  if (!line.ok()) return line.status();
  PowerLaw law;
  law.name = name;
  law.exponent_a = line->slope;
  law.coefficient_k = std::exp(line->intercept - line->slope * centre);
  law.r_squared = RSquared(*line, x, y);
  law.formula = absl::StrFormat("%s = %.4g * C^%.4f", name, law.coefficient_k, law.exponent_a);
  return law;
}

}  // namespace ff::scaling
