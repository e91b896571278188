#include "client/render/image.h"

#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/render/devtools.h"
#include "client/render/plotly_source.h"

namespace ff::render {
namespace {

constexpr double kMaxPixels = 20000;  // larger canvases fail or come out empty in Chromium

// Draws a figure to a data: URL and gives the file's bytes as base64. An SVG comes
// percent-encoded and without line breaks a diff could use; it is passed on as it is.
constexpr char kDraw[] = R"((async (figure, options) => {
  const layout = Object.assign({}, figure.layout, { autosize: false });
  const url = await Plotly.toImage({ data: figure.data || [], layout }, options);
  const comma = url.indexOf(',');
  if (url.slice(0, comma).endsWith(';base64')) return url.slice(comma + 1);
  const bytes = new TextEncoder().encode(decodeURIComponent(url.slice(comma + 1)));
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + 8192));
  }
  return btoa(text);
}))";

absl::Status CheckSize(const ImageRequest& request) {
  const double scale = request.format == ImageFormat::kPng ? request.scale : 1;
  const bool fits = request.width_px >= 1 && request.height_px >= 1 && scale > 0 &&
                    request.width_px * scale <= kMaxPixels &&
                    request.height_px * scale <= kMaxPixels;
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("figure \"", request.figure, "\" cannot be drawn at ", request.width_px, " x ",
                   request.height_px, " pixels times ", scale, ": a side must have 1 to ",
                   kMaxPixels, " pixels; lower visualizer.plots.dpi, width or height"));
}

absl::StatusOr<std::string> DrawCall(const ImageRequest& request) {
  if (absl::Status fits = CheckSize(request); !fits.ok()) return fits;
  absl::StatusOr<std::string> json = SafeFigureJson(request.figure, request.plotly_json);
  if (!json.ok()) return json.status();
  const bool png = request.format == ImageFormat::kPng;
  return absl::StrCat(kDraw, "(", *json, ", {format: '", png ? "png" : "svg",
                      "', width: ", request.width_px, ", height: ", request.height_px,
                      ", scale: ", png ? request.scale : 1.0, "})");
}

absl::StatusOr<std::string> Draw(DevtoolsPage& page, const ImageRequest& request,
                                 const std::string& call, absl::Time deadline) {
  absl::StatusOr<std::string> encoded = page.Evaluate(call, deadline);
  if (!encoded.ok()) {
    return absl::Status(encoded.status().code(), absl::StrCat("figure \"", request.figure,
                                                              "\": ", encoded.status().message()));
  }
  std::string bytes;
  if (!absl::Base64Unescape(*encoded, &bytes) || bytes.empty()) {
    return absl::InternalError(
        absl::StrCat("figure \"", request.figure, "\": the browser gave no image"));
  }
  return bytes;
}

}  // namespace

absl::StatusOr<ImageFormat> ParseImageFormat(const std::string& word) {
  if (word == "png") return ImageFormat::kPng;
  if (word == "svg") return ImageFormat::kSvg;
  return absl::InvalidArgumentError(
      absl::StrCat("unknown image format \"", word, "\"; one of png, svg"));
}

absl::StatusOr<std::vector<std::string>> RenderImages(absl::Span<const ImageRequest> requests,
                                                      const RenderOptions& options) {
  std::vector<std::string> calls;
  for (const ImageRequest& request : requests) {
    absl::StatusOr<std::string> call = DrawCall(request);
    if (!call.ok()) return call.status();
    calls.push_back(*std::move(call));
  }
  absl::StatusOr<std::string> plotly = ReadPlotly(options.plotly_js);
  if (!plotly.ok()) return plotly.status();

  const absl::Time deadline = absl::Now() + options.timeout;
  absl::StatusOr<DevtoolsPage> page = DevtoolsPage::Open(options.browser, deadline);
  if (!page.ok()) return page.status();
  absl::StatusOr<std::string> kind =
      page->Evaluate(absl::StrCat(*plotly, "\n;typeof Plotly"), deadline);
  if (!kind.ok()) return kind.status();
  if (*kind != "object") {
    return absl::InternalError(absl::StrCat(options.plotly_js, " does not define Plotly"));
  }
  std::vector<std::string> images;
  for (size_t i = 0; i < calls.size(); ++i) {
    absl::StatusOr<std::string> image = Draw(*page, requests[i], calls[i], deadline);
    if (!image.ok()) return image.status();
    images.push_back(*std::move(image));
  }
  return images;
}

absl::StatusOr<std::string> RenderImage(const ImageRequest& request, const RenderOptions& options) {
  absl::StatusOr<std::vector<std::string>> images = RenderImages({&request, 1}, options);
  if (!images.ok()) return images.status();
  return std::move(images->front());
}

}  // namespace ff::render
