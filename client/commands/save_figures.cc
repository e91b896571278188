#include "client/commands/save_figures.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/local/process.h"
#include "client/render/csv.h"
#include "client/render/find.h"
#include "client/render/html.h"
#include "client/render/image.h"

namespace ff::client {
namespace {

constexpr int kPixelsPerInch = 96;  // CSS's inch

// flops-fit's own names, where it has the figure.
std::string FileName(const DrawnFigure& figure) {
  return figure.name == "isoflop_curves" ? "isoflops_curves" : figure.name;
}

bool Wants(const v1::VisualizerConfig& config, const std::string& format) {
  return std::count(config.plots().formats().begin(), config.plots().formats().end(), format) > 0;
}

// Paths of the HTML files written.
std::vector<std::string> WriteHtml(Session& session, const std::vector<DrawnFigure>& figures,
                                   const std::string& folder, const std::string& plotly) {
  std::vector<std::string> written;
  for (const DrawnFigure& figure : figures) {
    const absl::StatusOr<std::string> html =
        render::BuildHtml(figure.title, {{FileName(figure), figure.plotly_json}}, plotly);
    const std::string path = absl::StrCat(folder, "/", FileName(figure), ".html");
    const absl::Status status = html.ok() ? WriteAndSay(session, path, *html) : html.status();
    if (status.ok()) {
      written.push_back(AbsolutePath(path, session.cwd()));
    } else {
      session.Warn(absl::StrCat(path, ": ", status.message()));
    }
  }
  return written;
}

// What needs neither plotly nor a browser: the number of files written.
int WriteData(Session& session, const std::vector<DrawnFigure>& figures,
              const v1::VisualizerConfig& config) {
  int written = 0;
  const auto write = [&](const DrawnFigure& figure, const char* extension,
                         const absl::StatusOr<std::string>& content) {
    const std::string path =
        absl::StrCat(config.paths().plots(), "/", FileName(figure), ".", extension);
    const absl::Status status =
        content.ok() ? WriteAndSay(session, path, *content) : content.status();
    written += status.ok() ? 1 : 0;
    if (!status.ok()) session.Warn(absl::StrCat(path, ": ", status.message()));
  };
  for (const DrawnFigure& figure : figures) {
    if (Wants(config, "json")) write(figure, "json", figure.plotly_json + "\n");
    if (Wants(config, "csv")) write(figure, "csv", render::BuildCsv(figure.plotly_json));
  }
  return written;
}

struct Image {
  render::ImageRequest request;
  std::string path;
};

std::vector<Image> ImagesWanted(const std::vector<DrawnFigure>& figures,
                                const v1::VisualizerConfig& config) {
  std::vector<Image> images;
  for (const char* extension : {"png", "svg"}) {
    if (!Wants(config, extension)) continue;
    for (const DrawnFigure& figure : figures) {
      Image image;
      image.path = absl::StrCat(config.paths().plots(), "/", FileName(figure), ".", extension);
      image.request.figure = figure.title;
      image.request.plotly_json = figure.plotly_json;
      image.request.format =
          extension == std::string("png") ? render::ImageFormat::kPng : render::ImageFormat::kSvg;
      image.request.width_px =
          static_cast<int>(std::lround(config.plots().width() * kPixelsPerInch));
      image.request.height_px =
          static_cast<int>(std::lround(config.plots().height() * kPixelsPerInch));
      image.request.scale = static_cast<double>(config.plots().dpi()) / kPixelsPerInch;
      images.push_back(std::move(image));
    }
  }
  return images;
}

int WriteImages(Session& session, const std::vector<Image>& images,
                const render::RenderOptions& options) {
  std::vector<render::ImageRequest> requests;
  for (const Image& image : images) requests.push_back(image.request);
  absl::StatusOr<std::vector<std::string>> all = render::RenderImages(requests, options);
  if (absl::IsUnavailable(all.status()) || absl::IsDeadlineExceeded(all.status())) {
    session.Warn(absl::StrCat("no png or svg: ", all.status().message()));
    return 0;
  }
  int written = 0;
  for (size_t i = 0; i < images.size(); ++i) {
    // One bad figure fails the whole call; then each is tried by itself.
    const absl::StatusOr<std::string> bytes = all.ok()
                                                  ? absl::StatusOr<std::string>((*all)[i])
                                                  : render::RenderImage(images[i].request, options);
    const absl::Status status =
        bytes.ok() ? WriteAndSay(session, images[i].path, *bytes) : bytes.status();
    written += status.ok() ? 1 : 0;
    if (!status.ok()) session.Warn(absl::StrCat(images[i].path, ": ", status.message()));
  }
  return written;
}

void Open(Session& session, const std::vector<std::string>& files) {
  const absl::StatusOr<std::string> opener =
      FindProgram("xdg-open", ProgramFolder(), session.env()("PATH"));
  if (!opener.ok()) {
    session.Warn(
        "plots.show: xdg-open was not found (Debian package xdg-utils); open the HTML files by "
        "hand");
    return;
  }
  for (const std::string& file : files) {
    const absl::Status status = StartDetached({*opener, file}, "/dev/null").status();
    if (!status.ok()) session.Warn(std::string(status.message()));
  }
}

}  // namespace

absl::StatusOr<Exit> SaveFigures(Session& session, const std::vector<DrawnFigure>& figures,
                                 const v1::VisualizerConfig& config) {
  const int data = WriteData(session, figures, config);
  const bool pictures = Wants(config, "html") || Wants(config, "png") || Wants(config, "svg");
  if (!pictures && data > 0) return Exit::kOk;
  const absl::StatusOr<std::string> plotly = render::FindPlotly();
  if (!plotly.ok()) return WithNext(plotly.status(), "./flops-fit.sh build   (fetches plotly.js)");
  const std::vector<Image> images = ImagesWanted(figures, config);
  const absl::StatusOr<std::string> browser =
      images.empty() ? absl::StatusOr<std::string>("") : render::FindBrowser(config.browser());
  std::vector<std::string> html;
  // Without a browser the HTML is what there is to look at, wanted or not.
  if (Wants(config, "html") || !browser.ok()) {
    html = WriteHtml(session, figures, config.paths().plots(), *plotly);
  }
  int written = data + static_cast<int>(html.size());
  if (!browser.ok()) {
    session.Warn(absl::StrCat("no png or svg: ", browser.status().message(),
                              "\n  the HTML files (.html) in ", config.paths().plots(),
                              " show the same figures"));
  } else if (!images.empty()) {
    render::RenderOptions options;
    options.browser = *browser;
    options.plotly_js = *plotly;
    written += WriteImages(session, images, options);
  }
  if (written == 0) {
    return absl::InternalError("no figure could be written; the warnings above say why");
  }
  if (config.plots().show()) Open(session, html);
  return Exit::kOk;
}

}  // namespace ff::client
