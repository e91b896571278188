// Three panels: N_opt, D_opt and L_opt against compute; see figures.h.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/figures/law_curve.h"
#include "server/figures/law_words.h"
#include "server/figures/number_text.h"
#include "server/figures/panels.h"
#include "server/figures/theme.h"
#include "server/figures/traces.h"

namespace ff::figures {
namespace {

using nlohmann::json;

constexpr char kTitle[] = "Scaling laws";
constexpr double kFontSize = 12;  // three panels share the width of one figure
constexpr double kBeyond = 1.8;   // the line runs this factor past the measured budgets

struct LawPanel {
  Law law;
  std::string suffix;  // of plotly's axis names: "", "2", "3"
  const char* title;
  const char* symbol;
  Ticks ticks;
};

const LawPanel kPanels[] = {
    {Law::kModelSize, "", "<i>N</i><sub>opt</sub> (parameters)", "<i>N</i><sub>opt</sub>",
     Ticks::kCount},
    {Law::kTokens, "2", "<i>D</i><sub>opt</sub> (tokens)", "<i>D</i><sub>opt</sub>", Ticks::kCount},
    {Law::kLoss, "3", "<i>L</i><sub>opt</sub> (nats per token)", "<i>L</i><sub>opt</sub>",
     Ticks::kPlain},
};

double ValueOf(const OptimalPoint& point, Law law) {
  if (law == Law::kModelSize) return point.model_size;
  return law == Law::kTokens ? point.num_tokens : point.final_loss;
}

json Trace(const LawPanel& panel, const std::vector<double>& x, const std::vector<double>& y) {
  return {{"type", "scatter"},
          {"x", x},
          {"y", y},
          {"xaxis", "x" + panel.suffix},
          {"yaxis", "y" + panel.suffix}};
}

void AddLawBand(const LawPanel& panel, const Fit& fit, const LawCurve& curve, const Theme& theme,
                json* data) {
  if (curve.low.empty()) return;
  json lower = Trace(panel, curve.compute, curve.low);
  lower.update({{"mode", "lines"},
                {"line", {{"width", 0}}},
                {"hoverinfo", "skip"},
                {"showlegend", false},
                {"legendgroup", "band"}});
  json upper = Trace(panel, curve.compute, curve.high);
  upper.update({{"mode", "lines"},
                {"line", {{"width", 0}}},
                {"fill", "tonexty"},
                {"fillcolor", theme.band},
                {"hoverinfo", "skip"},
                {"name", BandName(fit.confidence)},
                {"legendgroup", "band"},
                {"showlegend", panel.suffix.empty()}});
  data->push_back(lower);
  data->push_back(upper);
}

void AddLine(const LawPanel& panel, const LawCurve& curve, const Theme& theme, json* data) {
  json line = Trace(panel, curve.compute, curve.value);
  line.update({{"mode", "lines"},
               {"name", "Power law"},
               {"legendgroup", "law"},
               {"showlegend", panel.suffix.empty()},
               {"hovertemplate", "%{x:.3e} FLOP<br>law: %{y:.4s}<extra></extra>"},
               {"line", {{"color", theme.accent}, {"width", theme.line_width}}}});
  data->push_back(line);
}

void AddPoints(const LawPanel& panel, const Fit& fit, Style style, json* data) {
  const Theme theme = ThemeOf(style);
  std::vector<double> x, y, above, below;
  std::vector<std::string> colours, text;
  const int count = static_cast<int>(fit.optimal_points.size());
  for (int i = 0; i < count; ++i) {
    const OptimalPoint& point = fit.optimal_points[i];
    x.push_back(point.compute_budget);
    y.push_back(ValueOf(point, panel.law));
    colours.push_back(BudgetColour(style, i, count));
    above.push_back(std::max(0.0, point.model_size_ci.high - point.model_size));
    below.push_back(point.model_size_ci.high > 0 ? point.model_size - point.model_size_ci.low : 0);
    text.push_back(absl::StrFormat(
        "<b>%s</b><br>%s = %s<br>%d runs", BudgetName(point.compute_budget), panel.symbol,
        panel.law == Law::kLoss ? absl::StrFormat("%.4f", y.back()) : CountText(y.back()),
        point.runs));
  }
  json points = Trace(panel, x, y);
  points.update({{"mode", "markers"},
                 {"name", "Optimum of a budget"},
                 {"legendgroup", "optima"},
                 {"showlegend", panel.suffix.empty()},
                 {"text", text},
                 {"hovertemplate", "%{text}<extra></extra>"},
                 {"marker",
                  {{"size", theme.marker_size + 2},
                   {"color", colours},
                   {"line", {{"width", 1}, {"color", theme.text}}}}}});
  if (panel.law == Law::kModelSize) {
    points["error_y"] = {{"type", "data"},          {"symmetric", false}, {"array", above},
                         {"arrayminus", below},     {"thickness", 1.2},   {"width", 3},
                         {"color", theme.reference}};
  }
  data->push_back(points);
}

// Rising laws leave their upper left corner free, falling ones the upper right.
json Formula(const LawPanel& panel, const Fit& fit, const Theme& theme) {
  const PowerLaw& law = LawOf(fit, panel.law);
  std::string text = absl::StrFormat("%s = %s <i>C</i><sup> %s</sup>", panel.symbol,
                                     FactorText(law.coefficient_k), ExponentText(law.exponent_a));
  if (fit.resamples > 0) {
    absl::StrAppendFormat(&text, "<br>exponent %s to %s", ExponentText(law.a_ci.low),
                          ExponentText(law.a_ci.high));
  }
  absl::StrAppendFormat(&text, "<br><i>R</i>\u00b2 = %.4f", law.r_squared);
  const bool rising = law.exponent_a >= 0;
  return {{"text", text},
          {"showarrow", false},
          {"xref", "x" + panel.suffix + " domain"},
          {"yref", "y" + panel.suffix + " domain"},
          {"x", rising ? 0.04 : 0.96},
          {"y", 0.97},
          {"xanchor", rising ? "left" : "right"},
          {"yanchor", "top"},
          {"align", rising ? "left" : "right"},
          {"font", {{"size", kFontSize - 1}, {"color", theme.text}}}};
}

Range ValueRange(const LawPanel& panel, const Fit& fit, const LawCurve& curve) {
  Range range;
  for (const double value : curve.value) range.Cover(value);
  for (const double value : curve.low) range.Cover(value);
  for (const double value : curve.high) range.Cover(value);
  for (const OptimalPoint& point : fit.optimal_points) {
    range.Cover(ValueOf(point, panel.law));
    if (panel.law != Law::kModelSize) continue;
    range.Cover(point.model_size_ci.low);
    range.Cover(point.model_size_ci.high);
  }
  // Room for the formula above the data.
  range.high *= std::pow(range.high / range.low, 0.28);
  return range;
}

void AddPanel(const LawPanel& panel, const Fit& fit, Style style, json* data, json* layout) {
  const Theme theme = ThemeOf(style);
  const double from = fit.optimal_points.front().compute_budget / kBeyond;
  const double to = fit.optimal_points.back().compute_budget * kBeyond;
  const LawCurve curve = CurveOf(fit, panel.law, from, to);
  AddLawBand(panel, fit, curve, theme, data);
  AddLine(panel, curve, theme, data);
  AddPoints(panel, fit, style, data);
  const Range range = ValueRange(panel, fit, curve);
  PanelAt(static_cast<int>(panel.law), 3, 1)
      .AddAxes(LogAxis(style, "Compute <i>C</i> (FLOP)", from, to, Ticks::kPower),
               LogAxis(style, panel.title, range.low, range.high, panel.ticks), layout);
  (*layout)["annotations"].push_back(Formula(panel, fit, theme));
}

std::string MethodText(const Fit& fit) {
  if (fit.method == "empirical") return "each the run of lowest loss";
  if (fit.method == "quadratic") return "each the minimum of a parabola in ln <i>N</i>";
  return "each the minimum of a smooth curve in ln <i>N</i>";
}

}  // namespace

std::string ScalingLaws(const Fit& fit, Style style) {
  if (fit.optimal_points.empty()) return EmptyFigure(style, kTitle, "No law fitted yet").dump();
  json data = json::array();
  json layout = BaseLayout(style, kTitle);
  UsePanels(style, &layout);
  for (const LawPanel& panel : kPanels) AddPanel(panel, fit, style, &data, &layout);
  AddCaption(style,
             absl::StrCat("Power laws through the optima of the budgets, ", MethodText(fit), ". ",
                          FitSentence(fit)),
             &layout);
  return json{{"data", data}, {"layout", layout}}.dump();
}

}  // namespace ff::figures
