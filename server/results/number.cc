#include "server/results/number.h"

#include <charconv>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace ff::results {
namespace {

std::optional<double> ParseWord(absl::string_view text, double sign) {
  for (const absl::string_view word : {"", "nan", "na", "n/a", "null", "none"}) {
    if (absl::EqualsIgnoreCase(text, word)) return std::numeric_limits<double>::quiet_NaN();
  }
  for (const absl::string_view word : {"inf", "infinity"}) {
    if (absl::EqualsIgnoreCase(text, word)) return sign * std::numeric_limits<double>::infinity();
  }
  return std::nullopt;
}

// from_chars reports both ends of the range alike and leaves the value: which end it was is
// told by the exponent's sign, or without an exponent by whether there is a digit before
// the point.
double OutOfRange(absl::string_view text, double sign) {
  const size_t exponent = text.find_first_of("eE");
  const bool tiny = exponent != absl::string_view::npos
                        ? text.find('-', exponent) != absl::string_view::npos
                        : text.find_first_of("123456789") > text.find('.');
  return sign * (tiny ? 0.0 : std::numeric_limits<double>::infinity());
}

// "70M", "1.4 B": how sizes and tokens are often written. 0: something else.
double Unit(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.empty()) return 1;
  if (text.size() > 1) return 0;
  switch (absl::ascii_toupper(static_cast<unsigned char>(text[0]))) {
    case 'K':
      return 1e3;
    case 'M':
      return 1e6;
    case 'B':
    case 'G':
      return 1e9;
    case 'T':
      return 1e12;
    default:
      return 0;
  }
}

}  // namespace

std::optional<double> ParseNumber(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  double sign = 1;
  absl::string_view digits = text;
  if (!digits.empty() && (digits[0] == '+' || digits[0] == '-')) {
    sign = digits[0] == '-' ? -1 : 1;
    digits.remove_prefix(1);
  }
  // from_chars takes a sign of its own and words such as "nan(1)".
  const bool number = !digits.empty() && (absl::ascii_isdigit(digits[0]) || digits[0] == '.');
  if (!number) return ParseWord(digits, sign);
  double value = 0;
  const char* const end = digits.data() + digits.size();
  const std::from_chars_result result = std::from_chars(digits.data(), end, value);
  const double unit = Unit({result.ptr, static_cast<size_t>(end - result.ptr)});
  if (unit == 0) return std::nullopt;
  if (result.ec == std::errc::result_out_of_range) {
    return OutOfRange(digits.substr(0, static_cast<size_t>(result.ptr - digits.data())), sign);
  }
  if (result.ec != std::errc()) return std::nullopt;
  return sign * value * unit;
}

std::string NumberText(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), value).ptr};
}

}  // namespace ff::results
