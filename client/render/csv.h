// A figure's numbers as CSV: what a reader who wants to draw it anew needs. Pure; thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace ff::render {

// One row a point: trace (its name, else "trace N"), x, y, z (contours: one row a cell of the
// grid) and the ends of error bars as x_low, x_high, y_low, y_high; empty where there is none.
// INVALID_ARGUMENT: no plotly JSON.
absl::StatusOr<std::string> BuildCsv(const std::string& plotly_json);

}  // namespace ff::render
