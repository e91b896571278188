#include "client/print/numbers.h"

#include <array>
#include <cmath>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ff::client {
namespace {

constexpr const char* kUnknown = "-";

// "1.30" -> "1.3", "2.00" -> "2"; leaves numbers without a point alone.
std::string DropTrailingZeros(std::string digits) {
  if (digits.find('.') == std::string::npos) return digits;
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

}  // namespace

std::string HumanCount(double count) {
  if (!std::isfinite(count)) return kUnknown;
  if (std::abs(count) >= 999.5e12) return Scientific(count);
  constexpr std::array<const char*, 5> kUnits = {"", "K", "M", "B", "T"};
  size_t unit = 0;
  double scaled = count;
  // 999.5 and above would print as "1000".
  while (std::abs(scaled) >= 999.5 && unit + 1 < kUnits.size()) {
    scaled /= 1000;
    ++unit;
  }
  return Shortest(scaled, 3) + kUnits[unit];
}

std::string Scientific(double value) {
  if (!std::isfinite(value)) return kUnknown;
  if (std::abs(value) >= 999.5 && std::abs(value) < 9999.5) return Fixed(value, 0);
  if (std::abs(value) < 999.5 && (std::abs(value) >= 1e-3 || value == 0)) return Shortest(value, 3);
  const std::string text = absl::StrFormat("%.2e", value);
  const size_t e = text.find('e');
  return DropTrailingZeros(text.substr(0, e)) + "e" + std::to_string(std::atoi(&text[e + 1]));
}

std::string HumanSeconds(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return kUnknown;
  if (seconds < 9.95) return absl::StrFormat("%.1fs", seconds);
  const int64_t total = std::llround(seconds);
  if (total < 60) return absl::StrFormat("%ds", total);
  if (total < 3600) return absl::StrFormat("%dm%02ds", total / 60, total % 60);
  if (total < 86400) return absl::StrFormat("%dh%02dm", total / 3600, total % 3600 / 60);
  return absl::StrFormat("%dd%02dh", total / 86400, total % 86400 / 3600);
}

std::string HumanBytes(double bytes) {
  if (!std::isfinite(bytes) || bytes < 0) return kUnknown;
  constexpr std::array<const char*, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return Shortest(bytes, 3) + " " + kUnits[unit];
}

std::string Fixed(double value, int digits) {
  return std::isfinite(value) ? absl::StrFormat("%.*f", digits, value) : kUnknown;
}

std::string Shortest(double value, int digits) {
  return std::isfinite(value) ? absl::StrFormat("%.*g", digits, value) : kUnknown;
}

std::string Exact(double value) {
  for (int digits = 6; digits < 17; ++digits) {
    std::string text = absl::StrFormat("%.*g", digits, value);
    if (std::strtod(text.c_str(), nullptr) == value) return text;
  }
  return absl::StrFormat("%.17g", value);
}

absl::StatusOr<absl::Duration> ParseTime(const std::string& text) {
  double seconds = 0;
  absl::Duration time;
  if (absl::SimpleAtod(text, &seconds) && std::isfinite(seconds) && seconds >= 0) {
    return absl::Seconds(seconds);
  }
  if (absl::ParseDuration(text, &time) && time >= absl::ZeroDuration()) return time;
  return absl::InvalidArgumentError(absl::StrCat("'", text, "' is no time; write 90s, 10m or 2h"));
}

}  // namespace ff::client
