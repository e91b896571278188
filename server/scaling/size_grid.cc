#include "server/scaling/size_grid.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "server/scaling/prior_optimum.h"

namespace ff::scaling {
namespace {

constexpr int kSignificantDigits = 12;
constexpr double kSameBudget = 1e-9;

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

std::vector<double> CentredSizes(const GridSpec& grid, double centre, int count) {
  if (grid.step > 1) {
    const double reach = std::log(grid.width) / (2 * std::log(grid.step));
    // A width that is a power of the step has its ends, whatever rounding says.
    const int most = static_cast<int>(std::floor(reach * (1 + 1e-9)));
    std::vector<double> sizes;
    for (int k = -most; k <= most; ++k) {
      sizes.push_back(RoundSignificant(centre * std::pow(grid.step, k)));
    }
    return sizes;
  }
  const double half = count == 1 ? 1.0 : std::sqrt(grid.width);
  return LogSpaced(centre / half, centre * half, count);
}

// The shortest text that reads back as the same double.
std::string ShortestText(double value) {
  for (int digits = 3; digits < 17; ++digits) {
    std::string text = absl::StrFormat("%.*g", digits, value);
    double back = 0;
    if (absl::SimpleAtod(text, &back) && back == value) return text;
  }
  return absl::StrFormat("%.17g", value);
}

// The largest magnitude keeps counts of parameters and steps in 64 bits.
bool Usable(double value) { return value > 0 && value < 1e40; }

}  // namespace

std::vector<double> Budgets(const ComputeSpec& compute) {
  return LogSpaced(compute.min_flops, compute.max_flops, compute.num_budgets);
}

absl::StatusOr<std::vector<BudgetCells>> AllBudgets(const ComputeSpec& compute) {
  std::vector<BudgetCells> all;
  for (const double flops : Budgets(compute)) all.push_back({flops, true, {}});
  for (const std::string& text : compute.extra_cells) {
    const std::vector<std::string> parts = absl::StrSplit(text, '@');
    double flops = 0, size = 0;
    if (parts.size() != 2 || !absl::SimpleAtod(parts[0], &flops) ||
        !absl::SimpleAtod(parts[1], &size) || !Usable(flops) || !Usable(size)) {
      return absl::InvalidArgumentError(
          absl::StrCat("compute.extra_cells: '", text,
                       "' is not FLOP@PARAMETERS, such as 1e15@3.2e6, both positive"));
    }
    auto budget = std::find_if(all.begin(), all.end(), [&](const BudgetCells& b) {
      return std::abs(b.flops / flops - 1) < kSameBudget;
    });
    if (budget == all.end()) budget = all.insert(all.end(), {flops, false, {}});
    budget->extra_sizes.push_back(size);
  }
  std::sort(all.begin(), all.end(),
            [](const BudgetCells& a, const BudgetCells& b) { return a.flops < b.flops; });
  for (BudgetCells& budget : all) std::sort(budget.extra_sizes.begin(), budget.extra_sizes.end());
  return all;
}

std::string CellText(double flops, double parameters) {
  return absl::StrCat(ShortestText(flops), "@", ShortestText(parameters));
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
  for (const double size : CentredSizes(grid, centre, count)) {
    const bool inside = size >= grid.min_size && size <= grid.max_size;
    (inside ? sizes.kept : sizes.outside).push_back(size);
  }
  return sizes;
}

}  // namespace ff::scaling
