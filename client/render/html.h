// Figures as one HTML file that needs no server and no network: plotly.js and the figures'
// JSON stand inside it, so it opens from file:// and can be sent by mail. Pure but for
// reading plotly.js. Thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace ff::render {

// (name shown as heading and used as the image's file name, plotly JSON {"data", "layout"})
using NamedFigure = std::pair<std::string, std::string>;

// The text of the HTML file, figures in the order given. The text is safe whatever title,
// names and JSON strings hold. INVALID_ARGUMENT: a figure's JSON does not parse or is no
// object; NOT_FOUND: `plotly_js_path` cannot be read.
absl::StatusOr<std::string> BuildHtml(const std::string& title,
                                      const std::vector<NamedFigure>& figures,
                                      const std::string& plotly_js_path);

}  // namespace ff::render
