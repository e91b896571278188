// Percent-encoding and paths. Segments are split before they are decoded, so a name may
// hold an encoded slash. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ff::gateway {

// "%2F" becomes "/"; "+" stays. INVALID_ARGUMENT: a '%' without two hex digits.
absl::StatusOr<std::string> PercentDecode(absl::string_view text);

// "/api/v1/x" -> {"api", "v1", "x"}, not decoded; "/" -> {}.
std::vector<absl::string_view> PathSegments(absl::string_view path);

}  // namespace ff::gateway
