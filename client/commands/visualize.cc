// ffctl visualize: the coordinator's figures as HTML, and as PNG and SVG through Chromium.
// A figure or a format that fails is a warning; the others are still made.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "client/commands/all.h"
#include "client/commands/support.h"
#include "client/files.h"
#include "client/local/process.h"
#include "client/render/find.h"
#include "client/render/html.h"
#include "client/render/image.h"
#include "client/sweep_request.h"

namespace ff::client {
namespace {

constexpr int kPixelsPerInch = 96;  // CSS's inch

struct FigureKind {
  const char* name;  // as the coordinator calls it
  const char* file;  // as flops-fit calls it
  const char* title;
};
constexpr FigureKind kFigures[] = {
    {"isoflop_curves", "isoflops_curves", "IsoFLOP curves"},
    {"scaling_laws", "scaling_laws", "Scaling laws"},
    {"tokens_per_param", "tokens_per_param", "Tokens per parameter"},
    {"law_bands", "law_bands", "Scaling law of single runs"},
    {"loss_surface", "loss_surface", "Loss surface and efficient frontier"},
    {"residuals", "residuals", "Residuals"},
    {"bootstrap_cloud", "bootstrap_cloud", "Bootstrap of the exponents"},
    {"backtest", "backtest", "Backtest"},
    {"training_envelope", "training_envelope", "Training curves and their envelope"},
    {"loss_curves", "loss_curves", "Loss curves"},
};
constexpr FigureKind kComparison = {"law_comparison", "law_comparison", "Comparison of two laws"};

struct Drawn {
  const FigureKind* kind;
  std::string plotly_json;
};

// `other`: a sweep to compare with; empty: the sweep's own figures.
absl::StatusOr<std::vector<Drawn>> GetFigures(Session& session, CoordinatorClient& client,
                                              const std::string& sweep, const std::string& other,
                                              const std::string& style) {
  std::vector<const FigureKind*> kinds = {&kComparison};
  if (other.empty()) {
    kinds.clear();
    for (const FigureKind& kind : kFigures) kinds.push_back(&kind);
  }
  std::vector<Drawn> drawn;
  absl::Status first_error;
  for (const FigureKind* kind : kinds) {
    v1::GetFigureRequest request;
    request.set_sweep(sweep);
    request.set_other_sweep(other);
    request.set_figure(kind->name);
    request.set_style(style);
    request.set_x_axis("step");
    absl::StatusOr<v1::GetFigureResponse> figure = client.GetFigure(request);
    if (figure.ok()) {
      drawn.push_back({kind, figure->plotly_json()});
      continue;
    }
    first_error.Update(figure.status());
    if (absl::IsNotFound(figure.status()) || absl::IsUnavailable(figure.status())) break;
    session.Warn(absl::StrCat(kind->title, ": ", figure.status().message()));
  }
  if (drawn.empty()) {
    return WithNext(first_error,
                    "ffctl analyze   (figures need results and a fit; first: ffctl train)");
  }
  return drawn;
}

bool Wants(const v1::VisualizerConfig& config, const std::string& format) {
  return std::count(config.plots().formats().begin(), config.plots().formats().end(), format) > 0;
}

// Paths of the HTML files written.
std::vector<std::string> WriteHtml(Session& session, const std::vector<Drawn>& figures,
                                   const std::string& folder, const std::string& plotly) {
  std::vector<std::string> written;
  for (const Drawn& figure : figures) {
    const absl::StatusOr<std::string> html =
        render::BuildHtml(figure.kind->title, {{figure.kind->file, figure.plotly_json}}, plotly);
    const std::string path = absl::StrCat(folder, "/", figure.kind->file, ".html");
    const absl::Status status = html.ok() ? WriteAndSay(session, path, *html) : html.status();
    if (status.ok()) {
      written.push_back(AbsolutePath(path, session.cwd()));
    } else {
      session.Warn(absl::StrCat(path, ": ", status.message()));
    }
  }
  return written;
}

struct Image {
  render::ImageRequest request;
  std::string path;
};

std::vector<Image> ImagesWanted(const std::vector<Drawn>& figures,
                                const v1::VisualizerConfig& config) {
  std::vector<Image> images;
  for (const char* extension : {"png", "svg"}) {
    if (!Wants(config, extension)) continue;
    for (const Drawn& figure : figures) {
      Image image;
      image.path = absl::StrCat(config.paths().plots(), "/", figure.kind->file, ".", extension);
      image.request.figure = figure.kind->title;
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
  const absl::StatusOr<std::string> opener = FindProgram("xdg-open", session.env()("PATH"));
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

absl::StatusOr<Exit> Save(Session& session, const std::vector<Drawn>& figures,
                          const v1::VisualizerConfig& config) {
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
  int written = static_cast<int>(html.size());
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

absl::StatusOr<Exit> Run(Session& session, const Arguments& arguments) {
  const Words words = SplitWords(arguments.words);
  const absl::StatusOr<v1::FlopsFitConfig> config =
      ReadConfig(arguments, words.overrides, "visualizer");
  if (!config.ok()) return config.status();
  const absl::StatusOr<CoordinatorClient*> client = session.Connect();
  if (!client.ok()) return client.status();
  const absl::StatusOr<std::vector<Drawn>> figures =
      GetFigures(session, **client, SweepWord(words.others), arguments.Get("compare"),
                 config->visualizer().plots().style());
  if (!figures.ok()) return figures.status();
  return Save(session, *figures, config->visualizer());
}

}  // namespace

Command VisualizeCommand() {
  std::vector<Flag> flags = ConfigFlags();
  flags.push_back(
      {"--compare", "SWEEP", "the laws of this sweep and SWEEP side by side", false, {}});
  return {.noun = "visualize",
          .summary = "Draw the figures of a sweep as HTML, PNG, SVG (alias viz)",
          .words = "[SWEEP] [KEY=VALUE...]",
          .max_words = -1,
          .flags = flags,
          .examples = {"ffctl visualize", "ffctl visualize web --compare code",
                       "ffctl viz plots.formats=[html,svg] plots.style=notebook"},
          .run = Run};
}

}  // namespace ff::client
