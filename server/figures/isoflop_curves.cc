// Loss against model size, one colour a budget; see figures.h.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/figures/law_words.h"
#include "server/figures/number_text.h"
#include "server/figures/panels.h"
#include "server/figures/theme.h"
#include "server/figures/traces.h"
#include "server/scaling/smooth_profile.h"

namespace ff::figures {
namespace {

using nlohmann::json;
using scaling::RunPoint;

constexpr int kCurvePoints = 80;
constexpr char kTitle[] = "IsoFLOP curves";

struct Budget {
  double flops = 0;
  std::string colour;
  std::vector<RunPoint> runs;                  // ascending in size
  const OptimalPoint* optimum = nullptr;       // null: the fit has none here
  std::optional<scaling::SmoothCurve> smooth;  // ln L over ln N, where the fit is of such curves
  std::string left_out;                        // why
};

// A law may take the stored compute of a budget where its runs have another mean; budgets lie
// further apart.
bool IsSame(double a, double b) {
  constexpr double kClose = 0.02;
  return std::abs(std::log(a / b)) < kClose;
}

std::vector<Budget> BudgetsOf(absl::Span<const RunPoint> runs, const Fit* fit, Style style) {
  std::map<double, Budget> by_flops;
  for (const RunPoint& run : runs) {
    if (!std::isfinite(run.loss) || !(run.parameters > 0) || !(run.compute_budget > 0)) continue;
    by_flops[run.compute_budget].runs.push_back(run);
  }
  std::vector<Budget> budgets;
  for (auto& [flops, budget] : by_flops) {
    budget.flops = flops;
    std::stable_sort(
        budget.runs.begin(), budget.runs.end(),
        [](const RunPoint& a, const RunPoint& b) { return a.parameters < b.parameters; });
    if (fit != nullptr && (fit->method == "akima" || fit->method == "cubic")) {
      budget.smooth = scaling::SmoothThrough(
          budget.runs, fit->method == "akima" ? scaling::Smooth::kAkima : scaling::Smooth::kCubic);
    }
    budget.colour =
        BudgetColour(style, static_cast<int>(budgets.size()), static_cast<int>(by_flops.size()));
    budgets.push_back(std::move(budget));
    if (fit == nullptr) continue;
    for (const OptimalPoint& point : fit->optimal_points) {
      if (IsSame(point.compute_budget, flops)) budgets.back().optimum = &point;
    }
    for (const Exclusion& exclusion : fit->exclusions) {
      if (IsSame(exclusion.compute_budget, flops) && exclusion.experiment_id.empty()) {
        budgets.back().left_out = exclusion.reason;
      }
    }
  }
  return budgets;
}

json RunsTrace(const Budget& budget, const Theme& theme) {
  json x = json::array(), y = json::array(), text = json::array();
  for (const RunPoint& run : budget.runs) {
    x.push_back(run.parameters);
    y.push_back(run.loss);
    text.push_back(absl::StrFormat(
        "<b>%s</b><br>%s parameters<br>%s tokens (%.3g a parameter)<br>loss %.4f nats%s",
        BudgetName(budget.flops), CountText(run.parameters), CountText(run.tokens),
        run.tokens / run.parameters, run.loss,
        run.experiment_id.empty() ? "" : "<br>experiment " + run.experiment_id));
  }
  const bool hollow = !budget.left_out.empty();
  std::string name = BudgetName(budget.flops);
  if (hollow) name += " (left out)";
  return {{"type", "scatter"},
          {"mode", "markers"},
          {"name", name},
          {"legendgroup", BudgetName(budget.flops)},
          {"x", x},
          {"y", y},
          {"text", text},
          {"hovertemplate", "%{text}<extra></extra>"},
          {"marker",
           {{"size", theme.marker_size},
            {"color", budget.colour},
            {"symbol", hollow ? "circle-open" : "circle"},
            {"line", {{"width", hollow ? 1.5 : 0}, {"color", budget.colour}}}}}};
}

// The curve that the optimum was found on, else the runs joined, so that a profile is seen as one.
json CurveTrace(const Budget& budget, const Theme& theme) {
  json x = json::array(), y = json::array();
  const bool parabola = budget.optimum != nullptr && budget.optimum->c2 > 0;
  const bool curve = parabola || budget.smooth.has_value();
  if (curve) {
    const double low = std::log(budget.runs.front().parameters);
    const double high = std::log(budget.runs.back().parameters);
    for (int i = 0; i < kCurvePoints; ++i) {
      const double at = low + (high - low) * i / (kCurvePoints - 1);
      x.push_back(std::exp(at));
      y.push_back(parabola
                      ? budget.optimum->c0 + at * (budget.optimum->c1 + at * budget.optimum->c2)
                      : std::exp(budget.smooth->At(at)));
    }
  } else {
    for (const RunPoint& run : budget.runs) {
      x.push_back(run.parameters);
      y.push_back(run.loss);
    }
  }
  return {{"type", "scatter"},
          {"mode", "lines"},
          {"legendgroup", BudgetName(budget.flops)},
          {"showlegend", false},
          {"hoverinfo", "skip"},
          {"opacity", curve ? 1.0 : 0.5},
          {"x", x},
          {"y", y},
          {"line",
           {{"color", budget.colour},
            {"width", curve ? theme.line_width : 1.2},
            {"simplify", false},
            {"dash", curve ? "solid" : "dot"}}}};
}

json OptimaTrace(const std::vector<Budget>& budgets, const Theme& theme) {
  json x = json::array(), y = json::array(), colours = json::array(), text = json::array();
  json above = json::array(), below = json::array();
  for (const Budget& budget : budgets) {
    if (budget.optimum == nullptr) continue;
    const OptimalPoint& point = *budget.optimum;
    const bool interval = point.model_size_ci.high > 0;
    x.push_back(point.model_size);
    y.push_back(point.final_loss);
    colours.push_back(budget.colour);
    above.push_back(interval ? point.model_size_ci.high - point.model_size : 0);
    below.push_back(interval ? point.model_size - point.model_size_ci.low : 0);
    std::string line = absl::StrFormat("<b>Optimum at %s</b><br>%s parameters",
                                       BudgetName(budget.flops), CountText(point.model_size));
    if (interval) {
      absl::StrAppend(&line, " (", CountText(point.model_size_ci.low), " to ",
                      CountText(point.model_size_ci.high), ")");
    }
    absl::StrAppendFormat(&line, "<br>%s tokens<br>loss %.4f nats", CountText(point.num_tokens),
                          point.final_loss);
    text.push_back(line);
  }
  return {{"type", "scatter"},
          {"mode", "lines+markers"},
          {"name", "Optimum"},
          {"x", x},
          {"y", y},
          {"text", text},
          {"hovertemplate", "%{text}<extra></extra>"},
          {"line", {{"color", theme.reference}, {"width", 1.2}, {"dash", "dot"}}},
          {"error_x",
           {{"type", "data"},
            {"symmetric", false},
            {"array", above},
            {"arrayminus", below},
            {"color", theme.text},
            {"thickness", 1.2},
            {"width", 3}}},
          {"marker",
           {{"symbol", "star"},
            {"size", 2 * theme.marker_size},
            {"color", colours},
            {"line", {{"width", 1.2}, {"color", theme.text}}}}}};
}

std::string Caption(absl::Span<const RunPoint> runs, const std::vector<Budget>& budgets,
                    const Fit* fit) {
  if (fit == nullptr) {
    return absl::StrCat("n = ", runs.size(), " runs at ", budgets.size(),
                        budgets.size() == 1 ? " budget" : " budgets",
                        "; no law of IsoFLOP profiles.");
  }
  std::string text = fit->method == "empirical" ? "Stars: the run of lowest loss of each budget. "
                     : fit->method == "quadratic"
                         ? "Lines: parabolas <i>L</i> = c<sub>0</sub> + c<sub>1</sub> ln <i>N</i> "
                           "+ c<sub>2</sub> ln\u00b2 <i>N</i>. Stars: their minima. "
                     : fit->method == "akima"
                         ? "Lines: Akima's curve of ln <i>L</i> in ln <i>N</i> through each "
                           "budget's runs. Stars: their minima. "
                         : "Lines: natural cubic spline of ln <i>L</i> in ln <i>N</i> through each "
                           "budget's runs. Stars: their minima. ";
  absl::StrAppendFormat(&text, "<i>N</i><sub>opt</sub> = %s <i>C</i><sup>a</sup>, a = %s. %s",
                        FactorText(fit->n_opt.coefficient_k),
                        WithInterval(fit->n_opt.exponent_a, fit->n_opt.a_ci, 3), FitSentence(*fit));
  return text;
}

}  // namespace

std::string IsoflopCurves(absl::Span<const RunPoint> runs, const Fit* fit, Style style) {
  const std::vector<Budget> budgets = BudgetsOf(runs, fit, style);
  if (budgets.empty()) {
    return EmptyFigure(style, kTitle, "No finished experiments yet").dump();
  }
  const Theme theme = ThemeOf(style);
  json data = json::array();
  double low = budgets[0].runs[0].parameters, high = low;
  bool optima = false;
  for (const Budget& budget : budgets) {
    data.push_back(CurveTrace(budget, theme));
    low = std::min(low, budget.runs.front().parameters);
    high = std::max(high, budget.runs.back().parameters);
    optima |= budget.optimum != nullptr;
  }
  for (const Budget& budget : budgets) data.push_back(RunsTrace(budget, theme));
  if (optima) data.push_back(OptimaTrace(budgets, theme));
  json layout = BaseLayout(style, kTitle);
  layout["xaxis"] = LogAxis(style, "Model size <i>N</i> (parameters)", low, high, Ticks::kCount);
  const bool training = fit != nullptr && fit->loss_kind == "training";
  layout["yaxis"] =
      LinearAxis(style, training ? "Training loss (nats per token)" : "Loss (nats per token)");
  layout["legend"]["title"] = {{"text", "Compute budget"}};
  AddCaption(style, Caption(runs, budgets, fit), &layout);
  return json{{"data", data}, {"layout", layout}}.dump();
}

}  // namespace ff::figures
