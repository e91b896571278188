// What BuildHtml and RenderImages share: reading plotly.js and checking a figure's JSON.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace ff::render {

// Whole text of plotly.js. NOT_FOUND where the file cannot be read.
absl::StatusOr<std::string> ReadPlotly(const std::string& path);

// The figure again, as compact JSON that holds no "<" (written \u003c), hence can stand in
// an HTML script element and in JavaScript. INVALID_ARGUMENT names `figure`.
absl::StatusOr<std::string> SafeFigureJson(const std::string& figure, const std::string& json);

}  // namespace ff::render
