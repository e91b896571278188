#include "server/coordinator/figure_material.h"

#include <algorithm>
#include <utility>

#include "server/coordinator/newest_fit.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/run_points.h"
#include "server/coordinator/run_table.h"
#include "server/coordinator/thin.h"
#include "server/coordinator/try.h"
#include "server/scaling/envelope.h"
#include "server/scaling/law_diagnostics.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/run_screening.h"

namespace ff::coordinator {
namespace {

// A curve on a page has about this many pixels.
constexpr int kPointsACurve = 1000;
// Enough to see bands and clouds, and a page is not kept waiting.
constexpr int kResamples = 1000;
constexpr uint64_t kSeed = 42;

bool IsOneOf(const std::string& figure, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* n) { return figure == n; });
}

bool NeedsSurface(const std::string& figure) {
  return IsOneOf(figure, {"law_bands", "loss_surface", "residuals", "bootstrap_cloud", "backtest",
                          "law_comparison"});
}
bool NeedsCurves(const std::string& figure) {
  return IsOneOf(figure, {"loss_curves", "training_envelope"});
}

absl::Status LoadFitAndRuns(storage::View& view, const std::string& sweep_id,
                            FigureMaterial* material) {
  absl::StatusOr<Fit> fit = view.GetNewestFit(sweep_id);
  if (!fit.ok() && !absl::IsNotFound(fit.status())) return fit.status();
  if (fit.ok()) material->fit = *std::move(fit);
  const std::string loss_kind = material->fit ? material->fit->loss_kind : "validation";
  FF_TRY_ASSIGN(const Runs runs, LoadRuns(view, sweep_id, loss_kind));
  material->points = PointsOf(runs.table);
  FF_TRY_ASSIGN(const std::vector<Experiment> finished,
                view.ListExperiments({sweep_id, {ExperimentState::kFinished}, 0, 0}));
  material->runs = TableOf(finished, loss_kind);
  return absl::OkStatus();
}

absl::Status LoadCurves(storage::View& view, const std::string& sweep_id,
                        const std::string& experiment, FigureMaterial* material) {
  std::vector<Experiment> experiments;
  if (experiment.empty()) {
    FF_TRY_ASSIGN(experiments, view.ListExperiments({sweep_id, {}, 0, 0}));
  } else {
    FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep_id, experiment));
    FF_TRY_ASSIGN(experiments.emplace_back(), view.GetExperiment(facts.sweep_id, facts.id));
  }
  for (const Experiment& e : experiments) {
    // A result that was taken over has its curve where it was trained.
    const bool elsewhere = e.result.has_value() && !e.result->from_sweep.empty();
    FF_TRY_ASSIGN(std::vector<Measurement> points,
                  view.ListMeasurements(elsewhere ? e.result->from_sweep : sweep_id, e.id, 0));
    if (points.empty()) continue;
    material->curves.push_back({e.id, e.budget_flops, static_cast<double>(e.plan.parameters),
                                Thin(std::move(points), kPointsACurve)});
  }
  return absl::OkStatus();
}

void EstimateSurface(bool backtest, FigureMaterial* material) {
  const auto screened = scaling::ScreenRuns(material->runs);
  if (!screened.ok()) {
    material->why_no_law = std::string(screened.status().message());
    return;
  }
  LawOptions options;
  options.seed = kSeed;
  options.resamples = kResamples;
  absl::StatusOr<LawFit> law = scaling::FitLaw(screened->table, options);
  if (!law.ok()) {
    material->why_no_law = std::string(law.status().message());
    return;
  }
  material->surface = *std::move(law);
  if (!backtest) return;
  auto points =
      scaling::LawBacktest(screened->table, scaling::GroupBudgets(screened->table), options);
  if (points.ok()) material->backtest = *std::move(points);
}

void EstimateEnvelope(FigureMaterial* material) {
  std::vector<CurveRun> runs;
  std::vector<CurvePoint> points;
  for (const figures::LossCurve& curve : material->curves) {
    for (const Measurement& m : curve.measurements) {
      if (m.kind != "train") continue;
      points.push_back(
          {static_cast<int>(runs.size()), static_cast<double>(m.tokens), m.flops, m.loss});
    }
    runs.push_back({curve.experiment_id, curve.parameters});
  }
  scaling::EnvelopeOptions options;
  options.seed = kSeed;
  options.resamples = kResamples;
  absl::StatusOr<EnvelopeFit> fit = scaling::FitEnvelope(runs, points, options);
  // Without one the curves are drawn alone.
  if (fit.ok()) material->envelope = *std::move(fit);
}

}  // namespace

figures::FigureInputs FigureMaterial::Inputs() const {
  figures::FigureInputs inputs;
  if (fit.has_value()) inputs.fit = &*fit;
  if (surface.has_value()) inputs.surface = &*surface;
  if (envelope.has_value()) inputs.envelope = &*envelope;
  inputs.backtest = backtest;
  inputs.points = points;
  inputs.runs = &runs;
  inputs.curves = curves;
  inputs.x_axis = x_axis;
  inputs.why_no_law = why_no_law;
  return inputs;
}

absl::StatusOr<FigureMaterial> LoadMaterial(storage::View& view, const std::string& sweep_id,
                                            const std::string& figure,
                                            const std::string& experiment) {
  FigureMaterial material;
  // These two are of a fit alone: without one they are an error, which pages take for "not yet".
  if (IsOneOf(figure, {"scaling_laws", "tokens_per_param"})) {
    FF_TRY_ASSIGN(material.fit, NewestFit(view, sweep_id));
    return material;
  }
  if (figure != "loss_curves") FF_TRY(LoadFitAndRuns(view, sweep_id, &material));
  if (NeedsCurves(figure)) FF_TRY(LoadCurves(view, sweep_id, experiment, &material));
  return material;
}

void EstimateLaws(const std::string& figure, FigureMaterial* material) {
  if (NeedsSurface(figure)) EstimateSurface(figure == "backtest", material);
  if (figure == "training_envelope") EstimateEnvelope(material);
}

}  // namespace ff::coordinator
