// How well a law fitted to smaller budgets says the larger ones; see law_figures.h.
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

constexpr char kTitle[] = "Backtest";

struct Series {
  std::vector<double> reach;  // predicted_up_to / fitted_up_to
  std::vector<double> mean, signed_mean, worst;
  std::vector<std::string> text, labels;
};

Series SeriesOf(absl::Span<const BacktestPoint> points, std::string* left_out) {
  std::vector<BacktestPoint> sorted(points.begin(), points.end());
  std::sort(sorted.begin(), sorted.end(), [](const BacktestPoint& a, const BacktestPoint& b) {
    return a.budgets_left_out < b.budgets_left_out;
  });
  Series series;
  for (const BacktestPoint& p : sorted) {
    if (!p.reason.empty()) {
      absl::StrAppend(left_out, " Without the ", p.budgets_left_out, " largest: ", p.reason, ".");
      continue;
    }
    series.reach.push_back(p.predicted_up_to / p.fitted_up_to);
    series.mean.push_back(100 * p.mean_abs_error);
    series.signed_mean.push_back(100 * p.mean_error);
    series.worst.push_back(100 * p.worst_abs_error);
    series.labels.push_back(absl::StrFormat(
        "%d of %d", static_cast<int>(std::lround(p.inside_interval * p.runs_predicted)),
        p.runs_predicted));
    series.text.push_back(absl::StrFormat(
        "<b>%d largest budgets left out</b><br>%d runs up to %s fitted, %d up to %s "
        "predicted<br>mean error %.2f %%, worst %.2f %%, signed %.2f %%<br>%.0f %% of runs inside "
        "their interval<br>exponent of N<sub>opt</sub> %.3f",
        p.budgets_left_out, p.runs_fitted, BudgetName(p.fitted_up_to), p.runs_predicted,
        BudgetName(p.predicted_up_to), 100 * p.mean_abs_error, 100 * p.worst_abs_error,
        100 * p.mean_error, 100 * p.inside_interval, p.n_opt_exponent));
  }
  return series;
}

json Errors(const std::string& name, const Series& series, const std::vector<double>& values,
            const std::string& colour, const std::string& symbol, const std::string& dash,
            const Theme& theme) {
  json trace = MarkerTrace(name, series.reach, values, series.text,
                           {{"size", theme.marker_size + 2},
                            {"symbol", symbol},
                            {"color", colour},
                            {"line", {{"width", 1}, {"color", theme.text}}}});
  trace["mode"] = "lines+markers";
  trace["line"] = {{"color", colour}, {"width", theme.line_width}, {"dash", dash}};
  return trace;
}

}  // namespace

std::string BacktestErrors(absl::Span<const BacktestPoint> points, const LawFit& fit, Style style) {
  std::string left_out;
  const Series series = SeriesOf(points, &left_out);
  if (series.reach.empty()) {
    return EmptyFigure(style, kTitle,
                       left_out.empty() ? "No backtest yet" : "No split could be fitted")
        .dump();
  }
  const Theme theme = ThemeOf(style);
  json data = json::array();
  data.push_back(Errors("Worst run", series, series.worst, SeriesColour(style, 1), "triangle-up",
                        "dash", theme));
  data.push_back(Errors("Mean |error|", series, series.mean, SeriesColour(style, 0), "circle",
                        "solid", theme));
  data.push_back(Errors("Mean error (signed)", series, series.signed_mean, SeriesColour(style, 2),
                        "diamond", "dot", theme));
  Range reach;
  reach.Cover(series.reach);
  reach.Widen(0.12);
  reach.low /= 1.15;
  reach.high *= 1.15;
  json layout = BaseLayout(style, kTitle);
  layout["xaxis"] = LogAxis(style, "Largest compute predicted over largest fitted (times)",
                            reach.low, reach.high, Ticks::kPlain);
  layout["yaxis"] = LinearAxis(style, "Error of predicted loss (%)");
  double low = 0, high = 0;
  for (const auto* values : {&series.mean, &series.signed_mean, &series.worst}) {
    low = std::min(low, *std::min_element(values->begin(), values->end()));
    high = std::max(high, *std::max_element(values->begin(), values->end()));
  }
  const double air = 0.12 * (high - low);
  layout["yaxis"]["range"] = {low - air, high + 1.4 * air};
  layout["yaxis"]["zeroline"] = true;
  layout["yaxis"]["zerolinecolor"] = theme.reference;
  layout["annotations"] = json::array();
  for (size_t i = 0; i < series.reach.size(); ++i) {
    layout["annotations"].push_back({{"text", series.labels[i]},
                                     {"showarrow", false},
                                     {"x", std::log10(series.reach[i])},
                                     {"y", series.worst[i]},
                                     {"yshift", 16},
                                     {"font", {{"size", theme.font_size - 2}}}});
  }
  AddCaption(style,
             absl::StrCat("The largest budgets are left out one after another, the law is fitted "
                          "to the rest, and the runs left out are predicted. Numbers at the "
                          "points: runs inside their ",
                          absl::StrFormat("%g %%", 100 * fit.confidence),
                          " interval (law and noise of a run). All runs: ", LawText(fit), ". ",
                          FitSentence(fit), left_out),
             &layout);
  return json{{"data", data}, {"layout", layout}}.dump();
}

}  // namespace ff::figures
