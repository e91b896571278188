// Lines of equal loss with the efficient frontier; see law_figures.h.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/figures/law_figures.h"
#include "server/figures/law_words.h"
#include "server/figures/number_text.h"
#include "server/figures/panels.h"
#include "server/figures/theme.h"
#include "server/figures/traces.h"

namespace ff::figures {
namespace {

using nlohmann::json;

constexpr char kTitle[] = "Loss surface and efficient frontier";
constexpr int kLevels = 14;
// Runs that a browser draws without effort; more are thinned evenly.
constexpr size_t kMostRuns = 4000;

struct Losses {
  double low = 0, high = 0;
};

// Of the runs: the colours should tell these apart, not the corners of the grid.
Losses LossesOf(const RunTable& runs, const LossSurface& surface) {
  std::vector<double> losses = runs.loss.empty() ? surface.loss : runs.loss;
  std::erase_if(losses, [](double v) { return !std::isfinite(v); });
  if (losses.empty()) return {};
  std::sort(losses.begin(), losses.end());
  // One diverged run must not take the whole scale.
  const size_t most = (losses.size() - 1) * 98 / 100;
  return {losses.front(), std::max(losses[most], losses.front() + 1e-6)};
}

// Contours need even steps in what is drawn; losses crowd towards the floor, so the steps are
// even in ln(L - floor), and each level says its loss.
struct Scale {
  double floor = 0, low = 0, high = 0;  // of u = ln(L - floor)
  double Of(double loss) const { return std::log(std::max(loss - floor, 1e-12)); }
  double Loss(double u) const { return floor + std::exp(u); }
};

Scale ScaleOf(const LawFit& fit, const Losses& losses) {
  const double e = ValueOf(fit, "e");
  Scale scale;
  scale.floor = std::isfinite(e) ? std::min(e, losses.low - 0.02 * (losses.high - losses.low)) : 0;
  scale.low = scale.Of(losses.low);
  scale.high = scale.Of(losses.high);
  return scale;
}

json ColourBar(const Scale& scale, const Theme& theme) {
  json values = json::array(), texts = json::array();
  for (int i = 0; i <= 5; ++i) {
    const double u = scale.low + (scale.high - scale.low) * i / 5;
    values.push_back(u);
    texts.push_back(absl::StrFormat("%.3g", scale.Loss(u)));
  }
  return {{"title", {{"text", "Loss (nats per token)"}, {"side", "right"}}},
          {"tickvals", values},
          {"ticktext", texts},
          {"thickness", 12},
          {"outlinewidth", 0},
          {"len", 0.9},
          {"tickfont", {{"size", theme.font_size - 2}}}};
}

json Contours(const LossSurface& surface, const Scale& scale, Style style) {
  json rows = json::array(), hover = json::array();
  const size_t columns = surface.compute.size();
  for (size_t n = 0; n < surface.parameters.size(); ++n) {
    json row = json::array();
    for (size_t c = 0; c < columns; ++c) {
      const double loss = surface.loss[n * columns + c];
      row.push_back(std::isfinite(loss) ? json(scale.Of(loss)) : json(nullptr));
    }
    rows.push_back(row);
  }
  return {{"type", "contour"},
          {"name", "Lines of equal loss"},
          {"x", surface.compute},
          {"y", surface.parameters},
          {"z", rows},
          {"zmin", scale.low},
          {"zmax", scale.high},
          {"colorscale", ColourScale(style)},
          {"reversescale", false},
          {"showscale", false},
          {"hoverinfo", "skip"},
          {"contours",
           {{"coloring", "lines"},
            {"start", scale.low},
            {"end", scale.high + (scale.high - scale.low) / 2},
            {"size", (scale.high - scale.low) / kLevels}}},
          {"line", {{"width", 1.3}}}};
}

json Runs(const RunTable& runs, const LossSurface& surface, const Scale& scale, const Theme& theme,
          Style style) {
  std::vector<double> x, y, u;
  std::vector<std::string> text;
  const size_t step = std::max<size_t>(1, runs.size() / kMostRuns);
  for (size_t i = 0; i < runs.size(); i += step) {
    const double c = runs.compute[i], n = runs.parameters[i];
    if (c < surface.compute.front() || c > surface.compute.back() ||
        n < surface.parameters.front() || n > surface.parameters.back()) {
      continue;
    }
    x.push_back(c);
    y.push_back(n);
    u.push_back(std::min(scale.Of(runs.loss[i]), scale.high));
    text.push_back(absl::StrFormat("<b>%s</b><br>%s parameters, %s tokens<br>loss %.4f nats",
                                   runs.run_id.empty() ? "" : runs.run_id[i], CountText(n),
                                   CountText(runs.tokens[i]), runs.loss[i]));
  }
  return MarkerTrace("Run", x, y, text,
                     {{"size", theme.marker_size - 1},
                      {"color", u},
                      {"cmin", scale.low},
                      {"cmax", scale.high},
                      {"colorscale", ColourScale(style)},
                      {"colorbar", ColourBar(scale, theme)},
                      {"line", {{"width", 0.8}, {"color", theme.text}}}});
}

}  // namespace

std::string SurfaceContours(const LossSurface& surface, const RunTable& runs, const LawFit& fit,
                            absl::Span<const LawBandPoint> frontier, Style style) {
  if (surface.compute.size() < 2 || surface.parameters.size() < 2) {
    return EmptyFigure(style, kTitle, "No law fitted yet").dump();
  }
  const Theme theme = ThemeOf(style);
  const Scale scale = ScaleOf(fit, LossesOf(runs, surface));
  std::vector<double> x, y, low, high;
  for (const LawBandPoint& point : frontier) {
    if (!std::isfinite(point.at.optimal_params)) continue;
    x.push_back(point.compute);
    y.push_back(point.at.optimal_params);
    if (fit.resamples == 0) continue;
    low.push_back(point.at.params_ci.low);
    high.push_back(point.at.params_ci.high);
  }
  json data = json::array();
  data.push_back(Contours(surface, scale, style));
  AddBand(BandName(fit.confidence), x, low, high, theme.band, &data);
  if (!x.empty()) {
    data.push_back(LineTrace("Efficient frontier", x, y, theme.accent, theme.line_width + 0.5,
                             "solid", "%{x:.3e} FLOP<br>best size %{y:.4s}"));
  }
  data.push_back(Runs(runs, surface, scale, theme, style));
  json layout = BaseLayout(style, kTitle);
  layout["xaxis"] = LogAxis(style, "Compute <i>C</i> (FLOP)", surface.compute.front(),
                            surface.compute.back(), Ticks::kPower);
  layout["yaxis"] = LogAxis(style, "Model size <i>N</i> (parameters)", surface.parameters.front(),
                            surface.parameters.back(), Ticks::kCount);
  // The lines end where the grid does.
  layout["xaxis"]["range"] = {std::log10(surface.compute.front()),
                              std::log10(surface.compute.back())};
  layout["yaxis"]["range"] = {std::log10(surface.parameters.front()),
                              std::log10(surface.parameters.back())};
  layout["legend"].update({{"orientation", "h"},
                           {"x", 0.5},
                           {"xanchor", "center"},
                           {"y", 1.01},
                           {"yanchor", "bottom"}});
  layout["margin"]["t"] = style == Style::kPaper ? 44 : 84;
  AddCaption(style,
             absl::StrCat(LawText(fit),
                          ", <i>C</i> = ", absl::StrFormat("%.3g", fit.flops_per_param_token),
                          " <i>N D</i>. Frontier: the size of least loss at each compute, ",
                          "exponent ", WithInterval(fit.n_opt_exponent, fit.n_opt_exponent_ci, 3),
                          ". ", FitSentence(fit)),
             &layout);
  return json{{"data", data}, {"layout", layout}}.dump();
}

}  // namespace ff::figures
