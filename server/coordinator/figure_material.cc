#include "server/coordinator/figure_material.h"

#include <algorithm>
#include <utility>

#include "server/coordinator/resolve.h"
#include "server/coordinator/run_table.h"
#include "server/coordinator/try.h"

namespace ff::coordinator {
namespace {

// A curve on a page has about this many pixels.
constexpr int kPointsACurve = 1000;
constexpr size_t kMostCurves = 200;

bool IsOneOf(const std::string& figure, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* n) { return figure == n; });
}

absl::Status LoadLossCurves(storage::View& view, const std::string& sweep_id,
                            const std::string& experiment, FigureMaterial* material) {
  std::vector<Experiment> experiments;
  if (experiment.empty()) {
    FF_TRY_ASSIGN(experiments, view.ListExperiments({sweep_id, {}, 0, 0}));
  } else {
    FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep_id, experiment));
    FF_TRY_ASSIGN(experiments.emplace_back(), view.GetExperiment(facts.sweep_id, facts.id));
  }
  // More than this no eye can tell apart, and no browser draws quickly: every so many-th.
  const size_t every = (experiments.size() + kMostCurves - 1) / kMostCurves;
  for (size_t i = 0; i < experiments.size(); i += every) {
    const Experiment& e = experiments[i];
    FF_TRY_ASSIGN(std::vector<Measurement> points, ThinnedMeasurementsOf(view, e, kPointsACurve));
    if (points.empty()) continue;
    material->curves.push_back(
        {e.id, e.budget_flops, static_cast<double>(e.plan.parameters), std::move(points)});
  }
  return absl::OkStatus();
}

}  // namespace

figures::FigureInputs FigureMaterial::Inputs() const {
  figures::FigureInputs inputs;
  inputs.points = points;
  inputs.runs = &runs;
  inputs.curves = curves;
  inputs.x_axis = x_axis;
  inputs.why_no_law = why_no_law;
  if (!analysis) return inputs;
  inputs.fit = &analysis->fit;
  if (analysis->surface) inputs.surface = &*analysis->surface;
  if (analysis->envelope) inputs.envelope = &*analysis->envelope;
  inputs.backtest = analysis->backtest;
  if (!analysis->why_no_surface.empty()) inputs.why_no_law = analysis->why_no_surface;
  return inputs;
}

bool NeedsAnalysis(const std::string& figure) { return figure != "loss_curves"; }

bool IsOfLawsAlone(const std::string& figure) {
  return IsOneOf(figure, {"scaling_laws", "tokens_per_param", "law_comparison"});
}

absl::Status LoadMaterial(storage::View& view, const std::string& sweep_id,
                          const std::string& figure, const std::string& experiment,
                          FigureMaterial* material) {
  if (IsOneOf(figure, {"isoflop_curves", "loss_surface", "residuals"})) {
    const std::string loss_kind =
        material->analysis ? material->analysis->fit.loss_kind : "validation";
    FF_TRY_ASSIGN(Runs runs, LoadRuns(view, sweep_id, loss_kind));
    material->points = PointsOf(runs.table);
    material->runs = std::move(runs.table);
  }
  if (IsOneOf(figure, {"loss_curves", "training_envelope"})) {
    FF_TRY(LoadLossCurves(view, sweep_id, experiment, material));
  }
  return absl::OkStatus();
}

}  // namespace ff::coordinator
