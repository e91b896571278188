// N_opt, D_opt and L_opt of a law of single runs; see law_figures.h.
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

constexpr char kTitle[] = "Scaling law of single runs";

enum class Quantity { kSize, kTokens, kLoss };

struct Row {
  Quantity quantity;
  const char* title;
  Ticks ticks;
};
constexpr Row kRows[] = {
    {Quantity::kSize, "<i>N</i><sub>opt</sub> (parameters)", Ticks::kCount},
    {Quantity::kTokens, "<i>D</i><sub>opt</sub> (tokens)", Ticks::kCount},
    {Quantity::kLoss, "<i>L</i><sub>opt</sub> (nats per token)", Ticks::kPlain},
};

double ValueOf(const Prediction& at, Quantity quantity) {
  if (quantity == Quantity::kSize) return at.optimal_params;
  return quantity == Quantity::kTokens ? at.optimal_tokens : at.expected_loss;
}
const Interval& IntervalOf(const Prediction& at, Quantity quantity) {
  if (quantity == Quantity::kSize) return at.params_ci;
  return quantity == Quantity::kTokens ? at.tokens_ci : at.loss_ci;
}
double ValueOf(const OptimalPoint& point, Quantity quantity) {
  if (quantity == Quantity::kSize) return point.model_size;
  return quantity == Quantity::kTokens ? point.num_tokens : point.final_loss;
}

void AddPanel(int index, const LawFit& fit, absl::Span<const LawBandPoint> band, const Fit* isoflop,
              Style style, json* data, json* layout) {
  const Row& row = kRows[index];
  const Theme theme = ThemeOf(style);
  const Panel panel = PanelAt(index, 3, 1);
  std::vector<double> x, y, low, high;
  Range range;
  for (const LawBandPoint& point : band) {
    x.push_back(point.compute);
    y.push_back(ValueOf(point.at, row.quantity));
    range.Cover(y.back());
    if (fit.resamples == 0) continue;
    low.push_back(IntervalOf(point.at, row.quantity).low);
    high.push_back(IntervalOf(point.at, row.quantity).high);
    range.Cover(low.back());
    range.Cover(high.back());
  }
  json traces = json::array();
  AddBand(BandName(fit.confidence), x, low, high, theme.band, &traces);
  traces.push_back(LineTrace("Law of all runs", x, y, theme.accent, theme.line_width, "solid",
                             "%{x:.3e} FLOP<br>%{y:.4s}"));
  if (isoflop != nullptr) {
    std::vector<double> at, value;
    std::vector<std::string> text;
    for (const OptimalPoint& point : isoflop->optimal_points) {
      at.push_back(point.compute_budget);
      value.push_back(ValueOf(point, row.quantity));
      range.Cover(value.back());
      text.push_back(absl::StrCat("Optimum of ", BudgetName(point.compute_budget)));
    }
    traces.push_back(MarkerTrace("Optimum of a budget (IsoFLOP)", at, value, text,
                                 {{"size", theme.marker_size},
                                  {"color", SeriesColour(style, 0)},
                                  {"line", {{"width", 1}, {"color", theme.text}}}}));
  }
  for (json& trace : traces) {
    if (index > 0) trace["showlegend"] = false;
    trace["legendgroup"] = trace["name"];
    data->push_back(panel.OnAxes(std::move(trace)));
  }
  range.Widen(0.05);
  panel.AddAxes(LogAxis(style, "Compute <i>C</i> (FLOP)", x.front(), x.back(), Ticks::kPower),
                LogAxis(style, row.title, range.low, range.high, row.ticks), layout);
}

}  // namespace

std::string LawBands(const LawFit& fit, absl::Span<const LawBandPoint> band, const Fit* isoflop,
                     Style style) {
  if (band.size() < 2 || !(band.back().compute > band.front().compute)) {
    return EmptyFigure(style, kTitle, "No law fitted yet").dump();
  }
  if (!std::isfinite(band.front().at.optimal_params)) {
    return EmptyFigure(style, kTitle, "A law of loss in compute alone has no best model size")
        .dump();
  }
  json data = json::array();
  json layout = BaseLayout(style, kTitle);
  UsePanels(style, &layout);
  for (int i = 0; i < 3; ++i) AddPanel(i, fit, band, isoflop, style, &data, &layout);
  std::string caption = absl::StrCat(
      LawText(fit), ". Best size grows as <i>C</i><sup>a</sup>, a = ",
      WithInterval(fit.n_opt_exponent, fit.n_opt_exponent_ci, 3), "; tokens with ",
      WithInterval(fit.d_opt_exponent, fit.d_opt_exponent_ci, 3), ". ", FitSentence(fit));
  AddCaption(style, caption, &layout);
  return json{{"data", data}, {"layout", layout}}.dump();
}

}  // namespace ff::figures
