// Loss of each experiment while it trains; see figures.h.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/figures/number_text.h"
#include "server/figures/panels.h"
#include "server/figures/theme.h"

namespace ff::figures {
namespace {

using nlohmann::json;

constexpr char kTitle[] = "Loss curves";
// A browser draws SVG lines of this many points without effort, for a hundred curves.
constexpr size_t kMostPoints = 400;

double XOf(const Measurement& m, XAxis axis) {
  switch (axis) {
    case XAxis::kStep:
      return static_cast<double>(m.step);
    case XAxis::kTokens:
      return static_cast<double>(m.tokens);
    case XAxis::kFlops:
      return m.flops;
    case XAxis::kSeconds:
      return m.seconds;
  }
  return 0;
}

const char* XTitle(XAxis axis) {
  switch (axis) {
    case XAxis::kStep:
      return "Optimizer step";
    case XAxis::kTokens:
      return "Tokens seen";
    case XAxis::kFlops:
      return "Training compute (FLOP)";
    case XAxis::kSeconds:
      return "Training time (seconds)";
  }
  return "";
}

struct Points {
  std::vector<double> x, y;
};

// Of one kind ("train", "eval"), thinned evenly; the last point always stays.
Points PointsOf(const LossCurve& curve, const std::string& kind, XAxis axis, bool log_x) {
  Points all;
  for (const Measurement& m : curve.measurements) {
    const double x = XOf(m, axis);
    if (m.kind != kind || !std::isfinite(m.loss) || (log_x && !(x > 0))) continue;
    all.x.push_back(x);
    all.y.push_back(m.loss);
  }
  if (all.x.size() <= kMostPoints) return all;
  Points thinned;
  for (size_t i = 0; i < kMostPoints; ++i) {
    const size_t at = i * (all.x.size() - 1) / (kMostPoints - 1);
    thinned.x.push_back(all.x[at]);
    thinned.y.push_back(all.y[at]);
  }
  return thinned;
}

json CurveTrace(const LossCurve& curve, const Points& points, const std::string& colour) {
  return {{"type", "scatter"},
          {"name", BudgetName(curve.budget_flops)},
          {"legendgroup", BudgetName(curve.budget_flops)},
          {"x", points.x},
          {"y", points.y},
          {"hovertemplate",
           absl::StrFormat("<b>%s</b>, %s parameters<br>%%{x:.4s}: loss %%{y:.4f}<br>experiment "
                           "%s<extra></extra>",
                           BudgetName(curve.budget_flops), CountText(curve.parameters),
                           curve.experiment_id)},
          {"line", {{"color", colour}, {"width", 1.4}}}};
}

// An entry that explains a symbol without belonging to a budget.
json LegendOnly(const std::string& name, const Theme& theme) {
  return {{"type", "scatter"},
          {"mode", "markers"},
          {"name", name},
          {"x", {nullptr}},
          {"y", {nullptr}},
          {"hoverinfo", "skip"},
          {"marker",
           {{"symbol", "diamond"},
            {"size", theme.marker_size},
            {"color", theme.panel},
            {"line", {{"width", 1.5}, {"color", theme.reference}}}}}};
}

struct Drawing {
  json data = json::array();
  std::map<double, bool> in_legend;  // budgets
  double low = 0, high = 0;          // of x, for the log axis
  bool held_out = false;
};

void AddCurve(const LossCurve& curve, XAxis axis, bool log_x, const std::string& colour,
              const Theme& theme, Drawing* drawing) {
  const Points train = PointsOf(curve, "train", axis, log_x);
  const Points held_out = PointsOf(curve, "eval", axis, log_x);
  for (const Points* points : {&train, &held_out}) {
    for (const double x : points->x) {
      drawing->low = drawing->low > 0 ? std::min(drawing->low, x) : x;
      drawing->high = std::max(drawing->high, x);
    }
  }
  if (!train.x.empty()) {
    json trace = CurveTrace(curve, train, colour);
    trace["mode"] = "lines";
    trace["opacity"] = 0.8;
    trace["showlegend"] = !std::exchange(drawing->in_legend[curve.budget_flops], true);
    drawing->data.push_back(trace);
  }
  if (held_out.x.empty()) return;
  json trace = CurveTrace(curve, held_out, colour);
  trace["mode"] = "markers";
  trace["marker"] = {{"symbol", "diamond"},
                     {"size", theme.marker_size},
                     {"color", colour},
                     {"line", {{"width", 1}, {"color", theme.text}}}};
  trace["showlegend"] = !std::exchange(drawing->in_legend[curve.budget_flops], true);
  drawing->data.push_back(trace);
  drawing->held_out = true;
}

std::map<double, std::string> ColoursOf(absl::Span<const LossCurve> curves, Style style) {
  std::map<double, std::string> colours;
  for (const LossCurve& curve : curves) colours[curve.budget_flops] = "";
  int index = 0;
  for (auto& [budget, colour] : colours) {
    colour = BudgetColour(style, index++, static_cast<int>(colours.size()));
  }
  return colours;
}

std::string Caption(const Drawing& drawing, size_t runs, size_t budgets) {
  return absl::StrCat("<i>L</i> of the batches trained on, as it was measured; n = ", runs,
                      runs == 1 ? " run" : " runs", " at ", budgets,
                      budgets == 1 ? " compute budget" : " compute budgets", ".",
                      drawing.held_out ? " Diamonds: loss of held-out tokens." : "");
}

}  // namespace

std::string LossCurves(absl::Span<const LossCurve> curves, XAxis x, Style style) {
  const Theme theme = ThemeOf(style);
  // Lengths of a sweep's runs differ by orders of magnitude; one run alone is read best as it
  // went by.
  const bool log_x = curves.size() > 1;
  const std::map<double, std::string> colours = ColoursOf(curves, style);
  std::vector<const LossCurve*> sorted;
  for (const LossCurve& curve : curves) sorted.push_back(&curve);
  std::stable_sort(sorted.begin(), sorted.end(), [](const LossCurve* a, const LossCurve* b) {
    return a->budget_flops < b->budget_flops;
  });
  Drawing drawing;
  for (const LossCurve* curve : sorted) {
    AddCurve(*curve, x, log_x, colours.at(curve->budget_flops), theme, &drawing);
  }
  if (drawing.data.empty()) return EmptyFigure(style, kTitle, "No measurements yet").dump();
  if (drawing.held_out) drawing.data.push_back(LegendOnly("Held-out loss", theme));
  json layout = BaseLayout(style, kTitle);
  const bool power = x == XAxis::kFlops;
  layout["xaxis"] = log_x ? LogAxis(style, XTitle(x), drawing.low, drawing.high,
                                    power ? Ticks::kPower : Ticks::kCount)
                          : LinearAxis(style, XTitle(x));
  layout["yaxis"] = LinearAxis(style, "Loss (nats per token)");
  layout["legend"]["title"] = {{"text", "Compute budget"}};
  AddCaption(style, Caption(drawing, curves.size(), colours.size()), &layout);
  return json{{"data", drawing.data}, {"layout", layout}}.dump();
}

}  // namespace ff::figures
