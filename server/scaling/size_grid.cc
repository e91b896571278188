#include "server/scaling/size_grid.h"

#include <algorithm>
#include <cmath>

namespace ff::scaling {
namespace {

constexpr int kSignificantDigits = 12;

double RoundSignificant(double value) {
  const int exponent = static_cast<int>(std::floor(std::log10(value)));
  const double scale = std::pow(10.0, kSignificantDigits - 1 - exponent);
  // A power of ten beyond 1e22 is inexact; dividing by its inverse keeps small ones exact.
  if (exponent >= kSignificantDigits) {
    const double unit = std::pow(10.0, exponent - kSignificantDigits + 1);
    return std::round(value / unit) * unit;
  }
  return std::round(value * scale) / scale;
}

std::vector<double> LogSpaced(double low, double high, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) {
    const double t = count == 1 ? 0.0 : static_cast<double>(i) / (count - 1);
    values.push_back(RoundSignificant(low * std::pow(high / low, t)));
  }
  return values;
}

}  // namespace

std::vector<double> Budgets(const ComputeSpec& compute) {
  return LogSpaced(compute.min_flops, compute.max_flops, compute.num_budgets);
}

double PriorOptimum(const SweepSpec& spec, double budget) {
  const double smallest = spec.compute.min_flops;
  const double at_smallest = std::sqrt(smallest / (6 * spec.grid.tokens_per_param));
  return at_smallest * std::pow(budget / smallest, spec.grid.exponent);
}

SizeGrid SizesFor(const SweepSpec& spec, double budget) {
  const GridSpec& grid = spec.grid;
  const int count = spec.compute.num_model_sizes;
  SizeGrid sizes;
  if (grid.grid == "bounds") {
    const double largest = std::min(grid.max_size, budget / 6);
    if (largest >= grid.min_size) sizes.kept = LogSpaced(grid.min_size, largest, count);
    return sizes;
  }
  const double centre = PriorOptimum(spec, budget);
  const double half = count == 1 ? 1.0 : std::sqrt(grid.width);
  for (const double size : LogSpaced(centre / half, centre * half, count)) {
    const bool inside = size >= grid.min_size && size <= grid.max_size;
    (inside ? sizes.kept : sizes.outside).push_back(size);
  }
  return sizes;
}

}  // namespace ff::scaling
