// D/N of the optima against compute, the median and the line at 20; see figures.h.
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

constexpr char kTitle[] = "Tokens per parameter at the optimum";
constexpr double kReference = 20;  // Hoffmann et al. 2022: about 20 tokens a parameter
constexpr double kBeyond = 1.8;

struct Ratio {
  double value = 0, low = 0, high = 0;
};

// D falls as 1/N along a budget, so the interval of N gives that of D/N: D N stays.
Ratio RatioOf(const OptimalPoint& point) {
  const double product = point.num_tokens * point.model_size;
  Ratio ratio{point.num_tokens / point.model_size, 0, 0};
  if (point.model_size_ci.low > 0) {
    ratio.low = product / (point.model_size_ci.high * point.model_size_ci.high);
    ratio.high = product / (point.model_size_ci.low * point.model_size_ci.low);
  }
  return ratio;
}

json PointsTrace(const Fit& fit, const Theme& theme) {
  std::vector<double> x, y, above, below;
  std::vector<std::string> text;
  for (const OptimalPoint& point : fit.optimal_points) {
    const Ratio ratio = RatioOf(point);
    x.push_back(point.compute_budget);
    y.push_back(ratio.value);
    above.push_back(ratio.high > 0 ? std::max(0.0, ratio.high - ratio.value) : 0);
    below.push_back(ratio.high > 0 ? std::max(0.0, ratio.value - ratio.low) : 0);
    text.push_back(
        absl::StrFormat("<b>%s</b><br>%.3g tokens per parameter<br>%s parameters, %s "
                        "tokens",
                        BudgetName(point.compute_budget), ratio.value, CountText(point.model_size),
                        CountText(point.num_tokens)));
  }
  return {{"type", "scatter"},
          {"mode", "markers"},
          {"name", "Optimum of a budget"},
          {"x", x},
          {"y", y},
          {"text", text},
          {"hovertemplate", "%{text}<extra></extra>"},
          {"error_y",
           {{"type", "data"},
            {"symmetric", false},
            {"array", above},
            {"arrayminus", below},
            {"thickness", 1.2},
            {"width", 4},
            {"color", theme.reference}}},
          {"marker",
           {{"size", theme.marker_size + 3},
            {"color", theme.accent},
            {"line", {{"width", 1}, {"color", theme.text}}}}}};
}

json LevelTrace(const std::string& name, double level, double from, double to,
                const std::string& colour, const std::string& dash) {
  return {{"type", "scatter"},
          {"mode", "lines"},
          {"name", name},
          {"x", {from, to}},
          {"y", {level, level}},
          {"hoverinfo", "skip"},
          {"line", {{"color", colour}, {"width", 1.6}, {"dash", dash}}}};
}

}  // namespace

std::string TokensPerParam(const Fit& fit, Style style) {
  if (fit.optimal_points.empty()) return EmptyFigure(style, kTitle, "No law fitted yet").dump();
  const Theme theme = ThemeOf(style);
  const double from = fit.optimal_points.front().compute_budget / kBeyond;
  const double to = fit.optimal_points.back().compute_budget * kBeyond;
  double low = std::min(kReference, fit.optimal_ratio), high = std::max(kReference, low);
  const LawCurve curve = RatioCurveOf(fit, from, to);
  for (const std::vector<double>* values : {&curve.value, &curve.low, &curve.high}) {
    for (const double value : *values) low = std::min(low, value), high = std::max(high, value);
  }
  for (const OptimalPoint& point : fit.optimal_points) {
    const Ratio ratio = RatioOf(point);
    low = std::min({low, ratio.value, ratio.low > 0 ? ratio.low : ratio.value});
    high = std::max({high, ratio.value, ratio.high});
  }
  json data = json::array();
  data.push_back(LevelTrace(absl::StrFormat("Reference: %g", kReference), kReference, from, to,
                            theme.reference, "dash"));
  data.push_back(LevelTrace(absl::StrFormat("Median: %.3g", fit.optimal_ratio), fit.optimal_ratio,
                            from, to, BudgetColour(style, 3, 8), "dot"));
  AddBand(BandName(fit.confidence), curve.compute, curve.low, curve.high, theme.band, &data);
  data.push_back(LineTrace("Ratio of the fitted laws", curve.compute, curve.value, theme.accent,
                           theme.line_width, "solid", "%{x:.3e} FLOP<br>laws: %{y:.3g}"));
  data.push_back(PointsTrace(fit, theme));
  json layout = BaseLayout(style, kTitle);
  layout["xaxis"] = LogAxis(style, "Compute <i>C</i> (FLOP)", from, to, Ticks::kPower);
  layout["yaxis"] = LogAxis(style, "Tokens per parameter <i>D</i>/<i>N</i>", low / 1.3, high * 1.3,
                            Ticks::kPlain);
  AddCaption(
      style,
      absl::StrCat(
          "<i>D</i>/<i>N</i> = ", FactorText(fit.d_opt.coefficient_k / fit.n_opt.coefficient_k),
          " <i>C</i><sup>", ExponentText(fit.d_opt.exponent_a - fit.n_opt.exponent_a),
          "</sup>; median of the budgets ", absl::StrFormat("%.3g", fit.optimal_ratio), ". ",
          FitSentence(fit)),
      &layout);
  return json{{"data", data}, {"layout", layout}}.dump();
}

}  // namespace ff::figures
