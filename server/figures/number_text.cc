#include "server/figures/number_text.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"

namespace ff::figures {
namespace {

constexpr char kTimes[] = "\u202f\u00d7\u202f";  // thin spaces round the sign

struct Scientific {
  double mantissa = 0;
  int exponent = 0;
};

// Mantissa rounded to `digits` after the point, so that 9.99999 becomes 1.0 x 10.
Scientific Split(double value, int digits) {
  Scientific s;
  if (value == 0) return s;
  s.exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  const double unit = std::pow(10.0, digits);
  s.mantissa = std::round(value / std::pow(10.0, s.exponent) * unit) / unit;
  if (std::abs(s.mantissa) >= 10) {
    s.mantissa /= 10;
    ++s.exponent;
  }
  return s;
}

}  // namespace

std::string BudgetName(double flops) {
  const Scientific s = Split(flops, 1);
  return absl::StrFormat("%.1fe%d FLOP", s.mantissa, s.exponent);
}

std::string CountText(double count) {
  constexpr std::pair<double, const char*> kUnits[] = {
      {1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "K"}};
  for (const auto& [unit, letter] : kUnits) {
    // 999.6K is written 1M.
    if (count >= unit * 0.9995) return absl::StrFormat("%.3g%s", count / unit, letter);
  }
  return absl::StrFormat("%.3g", count);
}

std::string PowerText(double value) {
  const Scientific s = Split(value, 2);
  if (s.mantissa == 1) return absl::StrFormat("10<sup>%d</sup>", s.exponent);
  return absl::StrFormat("%.3g%s10<sup>%d</sup>", s.mantissa, kTimes, s.exponent);
}

std::string PlainText(double value) {
  return value >= 1e4 ? CountText(value) : absl::StrFormat("%.4g", value);
}

std::string FactorText(double factor) {
  if (factor >= 1e3 && factor < 1e4) return absl::StrFormat("%.0f", factor);
  if (factor >= 0.01 && factor < 1e3) return absl::StrFormat("%.3g", factor);
  return PowerText(factor);
}

std::string ExponentText(double a) {
  return absl::StrFormat("%s%.3f", a < 0 ? "\u2212" : "", std::abs(a));
}

}  // namespace ff::figures
