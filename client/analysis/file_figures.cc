#include "client/analysis/file_figures.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/figures/draw_figure.h"
#include "server/scaling/run_screening.h"

namespace ff::client {
namespace {

// More markers than this are a grey cloud that no browser likes to draw.
constexpr size_t kMostRuns = 5000;
constexpr size_t kMostCurves = 400;

// Every k-th run, so that at most kMostRuns are left.
RunTable Thinned(RunTable runs, std::vector<std::string>* notes) {
  if (runs.size() <= kMostRuns) return runs;
  const size_t all = runs.size(), step = (all + kMostRuns - 1) / kMostRuns;
  std::vector<size_t> rows;
  for (size_t row = 0; row < all; row += step) rows.push_back(row);
  notes->push_back(absl::StrCat("every ", step, "th of ", all, " runs is drawn"));
  return scaling::SubTable(runs, rows);
}

// Budgets are those of all runs, so that a thinned one lies where its law has it.
std::vector<scaling::RunPoint> ThinnedPoints(const RunTable& runs, double tolerance,
                                             BudgetCompute compute) {
  std::vector<scaling::RunPoint> points =
      scaling::RunPoints(runs, scaling::GroupBudgets(runs, tolerance, compute));
  const size_t step = (points.size() + kMostRuns - 1) / kMostRuns;
  if (step <= 1) return points;
  std::vector<scaling::RunPoint> thinned;
  for (size_t i = 0; i < points.size(); i += step) thinned.push_back(points[i]);
  return thinned;
}

std::vector<figures::LossCurve> CurvesOf(const FileAnalysis& file,
                                         const std::vector<scaling::RunPoint>& points,
                                         std::vector<std::string>* notes) {
  std::map<std::string, double> budget_of;
  for (const scaling::RunPoint& run : points) budget_of[run.experiment_id] = run.compute_budget;
  const Curves& all = file.curves;
  const size_t step = (all.runs.size() + kMostCurves - 1) / kMostCurves;
  if (step > 1) {
    notes->push_back(
        absl::StrCat("every ", step, "th of ", all.runs.size(), " training curves is drawn"));
  }
  std::vector<figures::LossCurve> curves(all.runs.size());
  for (size_t i = 0; i < all.runs.size(); ++i) {
    curves[i].experiment_id = all.runs[i].run_id;
    curves[i].parameters = all.runs[i].parameters;
    const auto it = budget_of.find(all.runs[i].run_id);
    if (it != budget_of.end()) curves[i].budget_flops = it->second;
  }
  for (const CurvePoint& point : all.points) {
    if (static_cast<size_t>(point.run) % step != 0) continue;
    std::vector<Measurement>& measured = curves[static_cast<size_t>(point.run)].measurements;
    Measurement m;
    m.kind = "train";
    m.step = static_cast<int64_t>(measured.size()) + 1;
    m.tokens = static_cast<int64_t>(point.tokens);
    m.flops = point.flops;
    m.loss = point.loss;
    measured.push_back(std::move(m));
  }
  std::erase_if(curves, [](const figures::LossCurve& c) { return c.measurements.empty(); });
  return curves;
}

// Empty: `name` can be drawn.
std::string WhyNot(const std::string& name, const Analysis& analysis, bool curves, bool points) {
  const bool by_curves = name == "training_envelope" || name == "loss_curves";
  if (by_curves) return curves ? "" : "the file has no training curves";
  if (name == "isoflop_curves") return points ? "" : "no run is in a budget";
  if (name == "scaling_laws" || name == "tokens_per_param") {
    return analysis.HasProfiles() ? "" : "there is no law of IsoFLOP profiles";
  }
  if (name == "bootstrap_cloud") {
    const bool draws = !analysis.fit.draws.empty() ||
                       (analysis.surface.has_value() && !analysis.surface->draws.empty());
    return draws ? "" : "no law was resampled";
  }
  if (!analysis.surface) return "there is no law of single runs";
  if (name == "backtest" && analysis.backtest.empty()) return "there is none";
  return "";
}

figures::FigureInputs InputsOf(const Analysis& analysis) {
  figures::FigureInputs inputs;
  inputs.fit = &analysis.fit;
  if (analysis.surface) inputs.surface = &*analysis.surface;
  if (analysis.envelope) inputs.envelope = &*analysis.envelope;
  inputs.backtest = analysis.backtest;
  inputs.why_no_law = analysis.why_no_surface;
  return inputs;
}

}  // namespace

absl::StatusOr<FileFigures> DrawFile(const FileAnalysis& file, double budget_tolerance,
                                     BudgetCompute budget_compute, figures::Style style) {
  absl::StatusOr<scaling::ScreenedRuns> screened = scaling::ScreenRuns(file.table);
  if (!screened.ok()) return screened.status();
  FileFigures out;
  const std::vector<scaling::RunPoint> points =
      ThinnedPoints(screened->table, budget_tolerance, budget_compute);
  const RunTable runs = Thinned(std::move(screened->table), &out.notes);
  const std::vector<figures::LossCurve> curves = CurvesOf(file, points, &out.notes);
  figures::FigureInputs inputs = InputsOf(file.analysis);
  inputs.points = points;
  inputs.runs = &runs;
  inputs.curves = curves;
  inputs.x_axis = figures::XAxis::kTokens;  // which every curve has, unlike steps
  for (const figures::FigureName& figure : figures::FigureNames()) {
    const std::string why_not =
        WhyNot(figure.name, file.analysis, !curves.empty(), !points.empty());
    if (!why_not.empty()) {
      out.notes.push_back(absl::StrCat(figure.title, ": not drawn, ", why_not));
      continue;
    }
    absl::StatusOr<std::string> json = figures::DrawFigure(figure.name, inputs, style);
    if (!json.ok()) return json.status();
    out.drawn.push_back({figure.name, figure.title, *std::move(json)});
  }
  return out;
}

absl::StatusOr<DrawnFigure> DrawComparisonOf(const NamedAnalysis& a, const NamedAnalysis& b,
                                             double target_flops, figures::Style style) {
  absl::StatusOr<std::string> json = figures::DrawComparison(
      a.name, InputsOf(*a.analysis), b.name, InputsOf(*b.analysis), target_flops, style);
  if (!json.ok()) return json.status();
  const figures::FigureName& name = figures::ComparisonName();
  return DrawnFigure{name.name, name.title, *std::move(json)};
}

}  // namespace ff::client
