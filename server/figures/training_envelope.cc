// Training curves over compute with the envelope of lowest losses; see law_figures.h.
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

constexpr char kTitle[] = "Training curves and their envelope";
constexpr size_t kMostPoints = 300;
constexpr size_t kMostEnvelopePoints = 300;

struct Points {
  std::vector<double> flops, loss;
};

// Of held-out losses where they are a curve, else of training losses: what the envelope is of.
const char* KindOf(const LossCurve& curve) {
  constexpr int kFewest = 5;
  int held_out = 0;
  for (const Measurement& m : curve.measurements) held_out += m.kind == "eval";
  return held_out >= kFewest ? "eval" : "train";
}

Points TrainingPoints(const LossCurve& curve) {
  const std::string kind = KindOf(curve);
  Points all;
  for (const Measurement& m : curve.measurements) {
    if (m.kind != kind || !(m.flops > 0) || !(m.loss > 0) || !std::isfinite(m.loss)) continue;
    all.flops.push_back(m.flops);
    all.loss.push_back(m.loss);
  }
  if (all.flops.size() <= kMostPoints) return all;
  Points thinned;
  // Evenly in log C: on this axis most of a run's steps lie in its last centimetre.
  const double first = std::log(all.flops.front()), last = std::log(all.flops.back());
  double next = first;
  for (size_t i = 0; i < all.flops.size(); ++i) {
    if (std::log(all.flops[i]) < next && i + 1 < all.flops.size()) continue;
    thinned.flops.push_back(all.flops[i]);
    thinned.loss.push_back(all.loss[i]);
    next = std::log(all.flops[i]) + (last - first) / kMostPoints;
  }
  return thinned;
}

json SizeBar(double low, double high, const Theme& theme, Style style) {
  const json axis = LogAxis(style, "", low, high, Ticks::kCount);
  json values = json::array();
  for (const json& value : axis["tickvals"]) values.push_back(std::log10(value.get<double>()));
  json marker = {{"color", {std::log10(low)}},
                 {"size", {0.1}},
                 {"cmin", std::log10(low)},
                 {"cmax", std::log10(high)},
                 {"colorscale", ColourScale(style)},
                 {"showscale", true},
                 {"colorbar",
                  {{"title", {{"text", "Model size (parameters)"}, {"side", "right"}}},
                   {"tickvals", values},
                   {"ticktext", axis["ticktext"]},
                   {"thickness", 12},
                   {"outlinewidth", 0},
                   {"tickfont", {{"size", theme.font_size - 2}}}}}};
  return {{"type", "scatter"},   {"mode", "markers"},   {"x", {nullptr}},  {"y", {nullptr}},
          {"showlegend", false}, {"hoverinfo", "skip"}, {"marker", marker}};
}

void AddEnvelope(const EnvelopeFit& fit, const Theme& theme, json* data) {
  std::vector<double> x, y;
  std::vector<std::string> text;
  const size_t step = std::max<size_t>(1, fit.points.size() / kMostEnvelopePoints);
  for (size_t i = 0; i < fit.points.size(); i += step) {
    const EnvelopePoint& p = fit.points[i];
    x.push_back(p.flops);
    y.push_back(p.loss);
    text.push_back(absl::StrFormat("<b>Envelope at %s</b><br>%s parameters, %s tokens<br>loss %.4f",
                                   BudgetName(p.flops), CountText(p.parameters),
                                   CountText(p.tokens), p.loss));
  }
  data->push_back(MarkerTrace("Envelope (lowest loss)", x, y, text,
                              {{"size", theme.marker_size - 3}, {"color", theme.accent}}));
}

std::string Caption(const EnvelopeFit* fit, size_t curves) {
  if (fit == nullptr) return absl::StrCat(curves, " runs, each with its training loss.");
  std::string text = absl::StrFormat(
      "Approach 1: the run of lowest loss at each compute. <i>N</i><sub>opt</sub> = %s "
      "<i>C</i><sup>a</sup>, a = %s; <i>D</i><sub>opt</sub> \u221d <i>C</i><sup>b</sup>, b = %s. "
      "n = %d runs, %d of them on the envelope.",
      FactorText(fit->n_opt.coefficient_k), WithInterval(fit->n_opt.exponent_a, fit->n_opt.a_ci, 3),
      WithInterval(fit->d_opt.exponent_a, fit->d_opt.a_ci, 3), fit->runs_used,
      fit->runs_on_envelope);
  if (fit->resamples > 0) {
    absl::StrAppendFormat(&text, " %g %% intervals from %d bootstrap resamples of runs.",
                          100 * fit->confidence, fit->resamples);
  }
  return text;
}

}  // namespace

std::string TrainingEnvelope(absl::Span<const LossCurve> curves, const EnvelopeFit* fit,
                             Style style) {
  const Theme theme = ThemeOf(style);
  Range sizes, flops, losses;
  for (const LossCurve& curve : curves) sizes.Cover(curve.parameters);
  json data = json::array();
  size_t drawn = 0;
  for (const LossCurve& curve : curves) {
    const Points points = TrainingPoints(curve);
    if (points.flops.empty() || !(curve.parameters > 0)) continue;
    ++drawn;
    flops.Cover(points.flops);
    losses.Cover(points.loss);
    const double share = sizes.high > sizes.low ? std::log(curve.parameters / sizes.low) /
                                                      std::log(sizes.high / sizes.low)
                                                : 0.5;
    constexpr int kShades = 256;
    json line = LineTrace("Run", points.flops, points.loss,
                          BudgetColour(style, static_cast<int>(share * (kShades - 1)), kShades),
                          1.3, "solid",
                          absl::StrFormat("<b>%s parameters</b><br>%%{x:.3e} FLOP: loss "
                                          "%%{y:.4f}<br>experiment %s",
                                          CountText(curve.parameters), curve.experiment_id));
    line["showlegend"] = false;
    line["opacity"] = 0.75;
    data.push_back(std::move(line));
  }
  if (drawn == 0) return EmptyFigure(style, kTitle, "No measurements yet").dump();
  if (fit != nullptr) AddEnvelope(*fit, theme, &data);
  if (sizes.high > sizes.low) data.push_back(SizeBar(sizes.low, sizes.high, theme, style));
  flops.Widen(0.01);
  losses.Widen(0.02);
  json layout = BaseLayout(style, kTitle);
  layout["xaxis"] =
      LogAxis(style, "Training compute <i>C</i> (FLOP)", flops.low, flops.high, Ticks::kPower);
  layout["yaxis"] = LogAxis(style, "Loss (nats per token)", losses.low, losses.high, Ticks::kPlain);
  layout["showlegend"] = fit != nullptr;
  layout["legend"].update({{"x", 0.98}, {"xanchor", "right"}, {"y", 0.98}});
  AddCaption(style, Caption(fit, drawn), &layout);
  return json{{"data", data}, {"layout", layout}}.dump();
}

}  // namespace ff::figures
