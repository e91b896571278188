// Two laws side by side; see law_figures.h.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "server/figures/law_figures.h"
#include "server/figures/number_text.h"
#include "server/figures/panels.h"
#include "server/figures/theme.h"
#include "server/figures/traces.h"

namespace ff::figures {
namespace {

using nlohmann::json;

constexpr char kTitle[] = "Comparison of two laws";

struct Row {
  const char* title;
  Ticks ticks;
  double (*value)(const Prediction&);
  Interval (*interval)(const Prediction&);
};

// N D stays along a budget, so the interval of N gives that of D/N.
Interval RatioInterval(const Prediction& at) {
  if (!(at.params_ci.low > 0)) return {};
  const double product = at.optimal_params * at.optimal_tokens;
  return {product / (at.params_ci.high * at.params_ci.high),
          product / (at.params_ci.low * at.params_ci.low)};
}

const Row kRows[] = {
    {"<i>N</i><sub>opt</sub> (parameters)", Ticks::kCount,
     [](const Prediction& p) { return p.optimal_params; },
     [](const Prediction& p) { return p.params_ci; }},
    {"Tokens per parameter", Ticks::kPlain, [](const Prediction& p) { return p.tokens_per_param; },
     RatioInterval},
    {"<i>L</i><sub>opt</sub> (nats per token)", Ticks::kPlain,
     [](const Prediction& p) { return p.expected_loss; },
     [](const Prediction& p) { return p.loss_ci; }},
};

void AddLaw(const NamedLaw& law, int series, const Panel& panel, const Row& row, bool in_legend,
            Style style, Range* range, json* data) {
  const Theme theme = ThemeOf(style);
  std::vector<double> x, y, low, high;
  bool banded = !law.band.empty();
  for (const LawBandPoint& point : law.band) {
    x.push_back(point.compute);
    y.push_back(row.value(point.at));
    const Interval interval = row.interval(point.at);
    banded &= interval.low > 0;
    low.push_back(interval.low);
    high.push_back(interval.high);
    range->Cover(y.back());
    range->Cover(interval.low);
    range->Cover(interval.high);
  }
  if (!banded) low.clear(), high.clear();
  json traces = json::array();
  AddBand(law.name, x, low, high, SeriesBand(style, series, 0.20), &traces);
  for (json& trace : traces) trace["showlegend"] = false;
  json line = LineTrace(law.name, x, y, SeriesColour(style, series), theme.line_width,
                        series == 0 ? "solid" : "dash", "%{x:.3e} FLOP<br>%{y:.4s}");
  line["showlegend"] = in_legend;
  traces.push_back(std::move(line));
  for (json& trace : traces) {
    trace["legendgroup"] = law.name;
    data->push_back(panel.OnAxes(std::move(trace)));
  }
}

std::string ValueText(const LawComparison& c, double value) {
  const bool count = std::abs(c.a) >= 1e4 || std::abs(c.b) >= 1e4;
  if (!count) return absl::StrFormat("%s%.4g", value < 0 ? "\u2212" : "", std::abs(value));
  return absl::StrCat(value < 0 ? "\u2212" : "", CountText(std::abs(value)));
}

std::string QuantityText(const std::string& quantity, double target_flops) {
  const std::string target = PowerText(target_flops);
  if (quantity == "n_opt_exponent") return "Exponent of <i>N</i><sub>opt</sub>";
  if (quantity == "d_opt_exponent") return "Exponent of <i>D</i><sub>opt</sub>";
  if (quantity == "l_opt_exponent") return "Exponent of <i>L</i><sub>opt</sub>";
  if (quantity == "loss_at_target") return absl::StrCat("Loss at ", target, " FLOP");
  if (quantity == "n_opt_at_target") return absl::StrCat("Best size at ", target, " FLOP");
  if (quantity == "d_opt_at_target") return absl::StrCat("Tokens at ", target, " FLOP");
  return absl::StrReplaceAll(quantity, {{"_", " "}});
}

// A caption has room for what is drawn; `ffctl analyze --compare` lists every parameter.
bool InCaption(const std::string& quantity) {
  return quantity == "n_opt_exponent" || quantity == "loss_at_target" ||
         quantity == "n_opt_at_target";
}

std::string Sentence(const LawComparison& c, double target_flops) {
  std::string text = absl::StrCat(QuantityText(c.quantity, target_flops), " ", ValueText(c, c.a),
                                  " against ", ValueText(c, c.b));
  if (c.difference_ci.low != 0 || c.difference_ci.high != 0) {
    absl::StrAppend(&text, ", difference ", ValueText(c, c.difference), " (",
                    ValueText(c, c.difference_ci.low), " to ", ValueText(c, c.difference_ci.high),
                    ")");
  }
  if (std::isfinite(c.probability_differ)) {
    absl::StrAppendFormat(&text, "; they differ with probability %.3f", c.probability_differ);
  }
  return text;
}

}  // namespace

std::string LawComparisonPanels(const NamedLaw& a, const NamedLaw& b,
                                absl::Span<const LawComparison> differences, double target_flops,
                                Style style) {
  if (a.band.size() < 2 || b.band.size() < 2) {
    return EmptyFigure(style, kTitle, "Both sweeps need a fitted law").dump();
  }
  json data = json::array();
  json layout = BaseLayout(style, kTitle);
  UsePanels(style, &layout);
  const double from = std::min(a.band.front().compute, b.band.front().compute);
  const double to = std::max(a.band.back().compute, b.band.back().compute);
  for (int i = 0; i < 3; ++i) {
    const Panel panel = PanelAt(i, 3, 1);
    Range range;
    AddLaw(a, 0, panel, kRows[i], i == 0, style, &range, &data);
    AddLaw(b, 1, panel, kRows[i], i == 0, style, &range, &data);
    range.Widen(0.05);
    panel.AddAxes(LogAxis(style, "Compute <i>C</i> (FLOP)", from, to, Ticks::kPower),
                  LogAxis(style, kRows[i].title, range.low, range.high, kRows[i].ticks), &layout);
  }
  std::string caption = absl::StrCat(a.name, ": ", a.formula, ", n = ", a.runs, " runs. ", b.name,
                                     ": ", b.formula, ", n = ", b.runs, " runs.");
  for (const LawComparison& c : differences) {
    if (InCaption(c.quantity)) absl::StrAppend(&caption, " ", Sentence(c, target_flops), ".");
  }
  AddCaption(style, caption, &layout);
  return json{{"data", data}, {"layout", layout}}.dump();
}

}  // namespace ff::figures
