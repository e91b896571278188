// What the bootstrap thinks of the exponents; see law_figures.h.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/figures/law_figures.h"
#include "server/figures/law_words.h"
#include "server/figures/panels.h"
#include "server/figures/theme.h"
#include "server/figures/traces.h"

namespace ff::figures {
namespace {

using nlohmann::json;

constexpr char kTitle[] = "Bootstrap of the exponents";
constexpr size_t kMostDots = 3000;
constexpr int kBars = 40;

struct Exponent {
  std::string symbol;
  double value = 0;
  Interval ci;
  std::vector<double> draws;
};

json Line(const std::string& name, const std::vector<double>& x, const std::vector<double>& y,
          const std::string& colour, const std::string& dash, bool in_legend) {
  json line = LineTrace(name, x, y, colour, 1.4, dash);
  line["showlegend"] = in_legend;
  line["legendgroup"] = name;
  return line;
}

// From the 0.2 % to the 99.8 % draw: one wild resample must not shrink the cloud to a dot.
std::pair<double, double> Extent(const Exponent& e) {
  std::vector<double> sorted = e.draws;
  std::sort(sorted.begin(), sorted.end());
  const size_t cut = sorted.size() / 500;
  double low = std::min(sorted[cut], e.value);
  double high = std::max(sorted[sorted.size() - 1 - cut], e.value);
  const double air = std::max(0.08 * (high - low), 1e-4);
  return {low - air, high + air};
}

json ExponentAxis(Style style, const Exponent& e) {
  json axis = LinearAxis(style, "Exponent " + e.symbol);
  const auto [low, high] = Extent(e);
  axis["range"] = {low, high};
  return axis;
}

void AddCloud(const Exponent& a, const Exponent& b, double confidence, Style style, json* data,
              json* layout) {
  const Theme theme = ThemeOf(style);
  const Panel panel = PanelAt(0, 2, 1);
  std::vector<double> x, y;
  const size_t step = std::max<size_t>(1, a.draws.size() / kMostDots);
  for (size_t i = 0; i < a.draws.size(); i += step) {
    x.push_back(a.draws[i]);
    y.push_back(b.draws[i]);
  }
  json cloud = MarkerTrace("Resample", x, y, {},
                           {{"size", 3.5}, {"color", SeriesColour(style, 0)}, {"opacity", 0.35}});
  cloud.erase("text");
  cloud["hovertemplate"] = "%{x:.4f}, %{y:.4f}<extra></extra>";
  data->push_back(panel.OnAxes(cloud));
  const std::string name = absl::StrFormat("%g %% interval", 100 * confidence);
  const auto [x_low, x_high] = Extent(a);
  const auto [y_low, y_high] = Extent(b);
  bool first = true;
  for (const double at : {a.ci.low, a.ci.high}) {
    data->push_back(
        panel.OnAxes(Line(name, {at, at}, {y_low, y_high}, theme.reference, "dash", first)));
    first = false;
  }
  for (const double at : {b.ci.low, b.ci.high}) {
    data->push_back(
        panel.OnAxes(Line(name, {x_low, x_high}, {at, at}, theme.reference, "dash", false)));
  }
  json fitted = MarkerTrace("Fit", {a.value}, {b.value},
                            {absl::StrFormat("fit: %.4f, %.4f", a.value, b.value)},
                            {{"size", theme.marker_size + 6},
                             {"symbol", "star"},
                             {"color", theme.accent},
                             {"line", {{"width", 1.2}, {"color", theme.text}}}});
  data->push_back(panel.OnAxes(fitted));
  panel.AddAxes(ExponentAxis(style, a), ExponentAxis(style, b), layout);
}

void AddHistogram(const Exponent& e, Style style, json* data, json* layout) {
  const Theme theme = ThemeOf(style);
  const Panel panel = PanelAt(1, 2, 1);
  const auto [low, high] = Extent(e);
  std::vector<double> at(kBars), count(kBars, 0);
  const double width = (high - low) / kBars;
  for (int i = 0; i < kBars; ++i) at[i] = low + (i + 0.5) * width;
  for (const double draw : e.draws) {
    const double bar = (draw - low) / width;
    if (bar >= 0 && bar < kBars) ++count[static_cast<size_t>(bar)];
  }
  const double most = *std::max_element(count.begin(), count.end());
  data->push_back(panel.OnAxes({{"type", "bar"},
                                {"name", "Resample"},
                                {"showlegend", false},
                                {"x", at},
                                {"y", count},
                                {"width", width},
                                {"hovertemplate", "%{x:.4f}: %{y} resamples<extra></extra>"},
                                {"marker",
                                 {{"color", SeriesBand(style, 0, 0.55)},
                                  {"line", {{"width", 0.5}, {"color", theme.panel}}}}}}));
  for (const double end : {e.ci.low, e.ci.high}) {
    data->push_back(panel.OnAxes(
        Line("interval", {end, end}, {0, most * 1.08}, theme.reference, "dash", false)));
  }
  data->push_back(panel.OnAxes(
      Line("fit", {e.value, e.value}, {0, most * 1.08}, theme.accent, "solid", false)));
  json y_axis = LinearAxis(style, "Resamples");
  y_axis["range"] = {0, most * 1.08};
  panel.AddAxes(ExponentAxis(style, e), y_axis, layout);
}

std::string Draw(const Exponent& a, const Exponent& b, const Exponent& n_opt, double confidence,
                 const std::string& caption, Style style) {
  if (n_opt.draws.size() < 10) {
    return EmptyFigure(style, kTitle, "This fit has no bootstrap resamples").dump();
  }
  json data = json::array();
  json layout = BaseLayout(style, kTitle);
  UsePanels(style, &layout);
  layout["bargap"] = 0;
  AddCloud(a, b, confidence, style, &data, &layout);
  AddHistogram(n_opt, style, &data, &layout);
  AddCaption(style, caption, &layout);
  return json{{"data", data}, {"layout", layout}}.dump();
}

Exponent Column(const LawFit& fit, size_t column) {
  const LawParameter& parameter = fit.parameters[column];
  Exponent e{Symbol(parameter.name), parameter.value, parameter.ci, {}};
  for (size_t i = column; i < fit.draws.size(); i += fit.parameters.size()) {
    e.draws.push_back(fit.draws[i]);
  }
  return e;
}

// Columns of the exponents, in the family's order; the first twice where there is one only.
std::pair<size_t, size_t> ExponentColumns(const LawFit& fit) {
  std::vector<size_t> columns;
  for (size_t i = 0; i < fit.parameters.size(); ++i) {
    const std::string& name = fit.parameters[i].name;
    const bool exponent = name == "alpha" || name == "beta" || name == "alpha_n" ||
                          name == "alpha_d" || name == "eta" ||
                          (name == "a" && fit.family == LawFamily::kCompute);
    if (exponent) columns.push_back(i);
  }
  // With one exponent the floor is what it trades against.
  if (columns.size() == 1) return {columns[0], 0};
  return {columns[0], columns[1]};
}

// a = beta / (alpha + beta) for the additive laws, and as Kaplan's form has it; where a family
// fixes it (one exponent), that exponent itself.
Exponent SizeExponent(const LawFit& fit, const Exponent& first, const Exponent& second) {
  Exponent e{"a of <i>N</i><sub>opt</sub> \u221d <i>C</i><sup>a</sup>",
             fit.n_opt_exponent,
             fit.n_opt_exponent_ci,
             {}};
  const bool additive =
      fit.family == LawFamily::kHoffmann || fit.family == LawFamily::kGroupOffsets;
  if (!additive && fit.family != LawFamily::kKaplan) return first;
  for (size_t i = 0; i < first.draws.size(); ++i) {
    const double alpha = first.draws[i], beta = second.draws[i];
    // Kaplan: L ~ N^-alpha_n and D^-alpha_d; the optimum of the sum inside the bracket.
    const double in_n = additive ? alpha : alpha / beta, in_d = additive ? beta : 1;
    e.draws.push_back(in_d / (in_n + in_d));
  }
  return e;
}

}  // namespace

std::string BootstrapCloud(const LawFit& fit, Style style) {
  if (fit.parameters.size() < 2 || fit.draws.empty()) {
    return EmptyFigure(style, kTitle, "This fit has no bootstrap resamples").dump();
  }
  const auto [x, y] = ExponentColumns(fit);
  const Exponent first = Column(fit, x), second = Column(fit, y);
  const Exponent size = SizeExponent(fit, first, second);
  return Draw(first, second, size, fit.confidence,
              absl::StrCat(LawText(fit), "; ", first.symbol, " = ",
                           WithInterval(first.value, first.ci, 3), ", ", second.symbol, " = ",
                           WithInterval(second.value, second.ci, 3), ", ", size.symbol, " = ",
                           WithInterval(size.value, size.ci, 3), ". ", FitSentence(fit)),
              style);
}

std::string BootstrapCloud(const Fit& fit, Style style) {
  Exponent n{"of <i>N</i><sub>opt</sub>", fit.n_opt.exponent_a, fit.n_opt.a_ci, {}};
  Exponent l{"of <i>L</i><sub>opt</sub>", fit.l_opt.exponent_a, fit.l_opt.a_ci, {}};
  for (size_t i = 0; i + 5 < fit.draws.size(); i += 6) {
    n.draws.push_back(fit.draws[i + 1]);
    l.draws.push_back(fit.draws[i + 5]);
  }
  if (n.draws.empty()) {
    return EmptyFigure(style, kTitle, "This fit has no bootstrap resamples").dump();
  }
  return Draw(n, l, n, fit.confidence,
              absl::StrCat("<i>N</i><sub>opt</sub> \u221d <i>C</i><sup>a</sup>, a = ",
                           WithInterval(n.value, n.ci, 3),
                           "; <i>L</i><sub>opt</sub> \u221d <i>C</i><sup>c</sup>, c = ",
                           WithInterval(l.value, l.ci, 3), ". ", FitSentence(fit)),
              style);
}

}  // namespace ff::figures
