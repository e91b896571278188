// Where the two things that drawing needs stand on this machine: a Chromium browser and
// the plotly.js file that came with the program. Nothing is started or downloaded; only
// the file system is read. Thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace ff::render {

// Path of the browser's program. `configured` (a path, or a name to look up on PATH) is
// taken if it is not empty; else the first of chromium, chromium-browser, google-chrome,
// google-chrome-stable on PATH. NOT_FOUND says what was looked for and which Debian
// package to install.
absl::StatusOr<std::string> FindBrowser(const std::string& configured);

// Path of plotly.min.js: in ../share/flops-fit/web/vendor beside the running program's
// folder (installed), else in ../web/vendor (build folder). NOT_FOUND names both places.
absl::StatusOr<std::string> FindPlotly();

}  // namespace ff::render
