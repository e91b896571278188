// Figures as PNG or SVG files, drawn by plotly.js in a headless Chromium: the same JSON
// and the same program as the page, hence the same picture. Nothing is fetched from a
// network. Thread-safe; each call starts one browser (1 to 2 s) and ends it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace ff::render {

enum class ImageFormat { kPng, kSvg };

// "png" or "svg"; INVALID_ARGUMENT names the words that exist.
absl::StatusOr<ImageFormat> ParseImageFormat(const std::string& word);

struct ImageRequest {
  std::string figure;       // its name, for messages
  std::string plotly_json;  // {"data": [...], "layout": {...}}
  ImageFormat format = ImageFormat::kPng;
  int width_px = 960;   // of the layout, hence of an SVG
  int height_px = 600;  //
  double scale = 1;     // a PNG has width * scale x height * scale pixels; SVG: unused
};

struct RenderOptions {
  std::string browser;                         // from FindBrowser
  std::string plotly_js;                       // from FindPlotly
  absl::Duration timeout = absl::Seconds(90);  // of the whole call
};

// Bytes of each file, in the order of the requests; all in one browser. INVALID_ARGUMENT:
// a figure's JSON or size (1..20000 pixels a side); NOT_FOUND: plotly.js; UNAVAILABLE: the
// browser can't be started or ended early; DEADLINE_EXCEEDED; INTERNAL: plotly refused.
absl::StatusOr<std::vector<std::string>> RenderImages(absl::Span<const ImageRequest> requests,
                                                      const RenderOptions& options);

// The same for one figure.
absl::StatusOr<std::string> RenderImage(const ImageRequest& request, const RenderOptions& options);

}  // namespace ff::render
