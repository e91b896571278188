// Numbers as people read them: 1.3B parameters, 3m12s, 1.5 GiB, 3.16e13 FLOPs.
// Tables use these; JSON and CSV carry the raw numbers. Pure; thread-safe. A number that
// is not finite is printed as "-".
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace ff::client {

// 999, 1.3K, 12.5M, 1.3B, 2T; from 1e15 on as Scientific.
std::string HumanCount(double count);

// Three significant digits: 1e12, 3.16e13; below 1e4 as plain digits.
std::string Scientific(double value);

// 0.4s, 12s, 3m12s, 2h05m, 3d04h. Negative: unknown, "-".
std::string HumanSeconds(double seconds);

// 512 B, 1.5 KiB, 210 MiB, 1.2 GiB.
std::string HumanBytes(double bytes);

// printf's %.<digits>f, g: the shortest of at most `digits` significant digits.
std::string Fixed(double value, int digits);
std::string Shortest(double value, int digits);

// "90", "90s", "10m", "2h30m": a number alone is seconds. INVALID_ARGUMENT: anything else, or a
// time below 0.
absl::StatusOr<absl::Duration> ParseTime(const std::string& text);

// Round-trips: what CSV carries.
std::string Exact(double value);

}  // namespace ff::client
