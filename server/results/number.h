// A number as people and programs write it. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace ff::results {

// Decimal, with or without exponent and sign, spaces around it allowed; beyond the range of
// a double: infinite or 0. "", nan, na, n/a, null, none and "-" are NaN, inf and infinity are
// infinite, all in any case. K, M, B or G, and T behind a number are 1e3 to 1e12 ("1.4B").
// Nothing: any other text ("1,000", "0x10", "12 PB").
std::optional<double> ParseNumber(absl::string_view text);

// The shortest text that reads back to the same double; "nan", "inf", "-inf".
std::string NumberText(double value);

}  // namespace ff::results
