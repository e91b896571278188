#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/newest_fit.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/run_points.h"
#include "server/coordinator/thin.h"
#include "server/coordinator/try.h"
#include "server/figures/figures.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// A curve on a page has about this many pixels.
constexpr int kPointsACurve = 1000;

absl::StatusOr<std::string> Isoflop(storage::View& view, const std::string& sweep_id,
                                    figures::Style style) {
  absl::StatusOr<Fit> fit = view.GetNewestFit(sweep_id);
  if (!fit.ok() && !absl::IsNotFound(fit.status())) return fit.status();
  FF_TRY_ASSIGN(const Runs runs,
                LoadRuns(view, sweep_id, fit.ok() ? fit->loss_kind : "validation"));
  return figures::IsoflopCurves(runs.points, fit.ok() ? &*fit : nullptr, style);
}

absl::StatusOr<std::string> LossCurves(storage::View& view, const std::string& sweep_id,
                                       const FigureRequest& request, figures::Style style) {
  FF_TRY_ASSIGN(const figures::XAxis axis,
                figures::ParseXAxis(request.x_axis.empty() ? "step" : request.x_axis));
  std::vector<Experiment> experiments;
  if (request.experiment.empty()) {
    FF_TRY_ASSIGN(experiments, view.ListExperiments({sweep_id, {}, 0, 0}));
  } else {
    FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep_id, request.experiment));
    FF_TRY_ASSIGN(experiments.emplace_back(), view.GetExperiment(facts.sweep_id, facts.id));
  }
  std::vector<figures::LossCurve> curves;
  for (const Experiment& e : experiments) {
    // A result that was taken over has its curve where it was trained.
    const bool elsewhere = e.result.has_value() && !e.result->from_sweep.empty();
    FF_TRY_ASSIGN(std::vector<Measurement> points,
                  view.ListMeasurements(elsewhere ? e.result->from_sweep : sweep_id, e.id, 0));
    if (points.empty()) continue;
    curves.push_back({e.id, e.budget_flops, static_cast<double>(e.plan.parameters),
                      Thin(std::move(points), kPointsACurve)});
  }
  return figures::LossCurves(curves, axis, style);
}

absl::StatusOr<std::string> Draw(storage::View& view, const std::string& sweep_id,
                                 const FigureRequest& request) {
  FF_TRY_ASSIGN(const figures::Style style,
                figures::ParseStyle(request.style.empty() ? "paper" : request.style));
  if (request.figure == "isoflop_curves") return Isoflop(view, sweep_id, style);
  if (request.figure == "loss_curves") return LossCurves(view, sweep_id, request, style);
  if (request.figure == "scaling_laws" || request.figure == "tokens_per_param") {
    FF_TRY_ASSIGN(const Fit fit, NewestFit(view, sweep_id));
    return request.figure == "scaling_laws" ? figures::ScalingLaws(fit, style)
                                            : figures::TokensPerParam(fit, style);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no figure '", request.figure,
                   "'; there are isoflop_curves, scaling_laws, tokens_per_param, loss_curves"));
}

}  // namespace

absl::StatusOr<std::string> Coordinator::GetFigure(const FigureRequest& request) {
  std::string json;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, request.sweep));
    FF_TRY_ASSIGN(json, Draw(view, id, request));
    return absl::OkStatus();
  }));
  return json;
}

}  // namespace ff::coordinator
