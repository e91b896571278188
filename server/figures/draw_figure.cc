#include "server/figures/draw_figure.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/figures/law_figures.h"
#include "server/figures/law_words.h"
#include "server/figures/theme.h"
#include "server/figures/traces.h"
#include "server/scaling/isoflop_analysis.h"
#include "server/scaling/law_diagnostics.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/run_screening.h"

namespace ff::figures {
namespace {

constexpr int kBandPoints = 60;
constexpr double kBelow = 2, kBeyond = 30;  // of the computes measured, that bands cover
constexpr int kGridColumns = 90, kGridRows = 70;

std::vector<double> LogSpaced(double low, double high, int count) {
  std::vector<double> values;
  values.reserve(count);
  for (int i = 0; i < count; ++i) {
    values.push_back(low * std::pow(high / low, static_cast<double>(i) / (count - 1)));
  }
  return values;
}

std::vector<LawBandPoint> BandOf(const LawFit& fit) {
  auto band = scaling::LawBand(fit, fit.smallest_compute / kBelow, fit.largest_compute * kBeyond,
                               kBandPoints);
  return band.ok() ? *std::move(band) : std::vector<LawBandPoint>();
}

std::vector<LawBandPoint> BandOf(const Fit& fit) {
  std::vector<LawBandPoint> band;
  if (fit.optimal_points.empty()) return band;
  const double low = fit.optimal_points.front().compute_budget / kBelow;
  const double high = fit.optimal_points.back().compute_budget * kBeyond;
  for (const double compute : LogSpaced(low, high, kBandPoints)) {
    const absl::StatusOr<Prediction> at = scaling::Predict(fit, compute);
    if (at.ok()) band.push_back({compute, *at});
  }
  return band;
}

RunTable Screened(const RunTable* runs) {
  if (runs == nullptr) return {};
  auto screened = scaling::ScreenRuns(*runs);
  return screened.ok() ? std::move(screened->table) : RunTable();
}

LossSurface SurfaceOf(const LawFit& fit, const RunTable& runs) {
  Range sizes;
  sizes.Cover(runs.parameters);
  LossSurface surface;
  if (sizes.Empty() || !(fit.largest_compute > fit.smallest_compute)) return surface;
  sizes.Widen(0.12);
  surface.compute = LogSpaced(fit.smallest_compute / kBelow, fit.largest_compute * 4, kGridColumns);
  surface.parameters = LogSpaced(sizes.low, sizes.high, kGridRows);
  for (const double n : surface.parameters) {
    for (const double c : surface.compute) {
      const double d = c / (fit.flops_per_param_token * n);
      // Less than a token a hundred parameters is a corner no run comes near.
      surface.loss.push_back(d > 0.01 * n ? scaling::LossAt(fit, n, d, c)
                                          : std::numeric_limits<double>::quiet_NaN());
    }
  }
  return surface;
}

std::string DrawSurface(const LawFit& fit, const RunTable& runs, Style style) {
  const LossSurface surface = SurfaceOf(fit, runs);
  std::vector<LawBandPoint> frontier;
  if (!surface.compute.empty()) {
    auto band = scaling::LawBand(fit, surface.compute.front(), surface.compute.back(), kBandPoints);
    if (band.ok()) frontier = *std::move(band);
  }
  return SurfaceContours(surface, runs, fit, frontier, style);
}

std::string DrawCloud(const FigureInputs& inputs, Style style) {
  if (inputs.surface != nullptr) return BootstrapCloud(*inputs.surface, style);
  return BootstrapCloud(inputs.fit == nullptr ? Fit() : *inputs.fit, style);
}

NamedLaw Named(const std::string& name, const LawFit& fit) {
  return {name, LawText(fit), BandOf(fit), fit.runs};
}
NamedLaw Named(const std::string& name, const Fit& fit) {
  return {name, LawText(fit), BandOf(fit), fit.runs_used};
}

double LargestCompute(const Fit& fit) {
  return fit.optimal_points.empty() ? 0 : fit.optimal_points.back().compute_budget;
}

constexpr double kTargetReach = 10;

bool IsOfSingleRuns(const std::string& name) {
  return name == "law_bands" || name == "loss_surface" || name == "residuals" || name == "backtest";
}

std::string TitleOf(const std::string& name) {
  for (const FigureName& one : FigureNames()) {
    if (one.name == name) return one.title;
  }
  return name;
}

}  // namespace

const std::vector<FigureName>& FigureNames() {
  static const auto* const kNames =
      new std::vector<FigureName>{{"isoflop_curves", "IsoFLOP curves"},
                                  {"scaling_laws", "Scaling laws"},
                                  {"tokens_per_param", "Tokens per parameter"},
                                  {"law_bands", "Scaling law of single runs"},
                                  {"loss_surface", "Loss surface and efficient frontier"},
                                  {"residuals", "Residuals"},
                                  {"bootstrap_cloud", "Bootstrap of the exponents"},
                                  {"backtest", "Backtest"},
                                  {"training_envelope", "Training curves and their envelope"},
                                  {"loss_curves", "Loss curves"}};
  return *kNames;
}

const FigureName& ComparisonName() {
  static const auto* const kName = new FigureName{"law_comparison", "Comparison of two laws"};
  return *kName;
}

absl::StatusOr<std::string> DrawFigure(const std::string& name, const FigureInputs& inputs,
                                       Style style) {
  const Fit no_fit;
  const LawFit no_law;
  const Fit& fit = inputs.fit == nullptr ? no_fit : *inputs.fit;
  const LawFit& law = inputs.surface == nullptr ? no_law : *inputs.surface;
  const bool has_law = inputs.surface != nullptr;
  if (!has_law && !inputs.why_no_law.empty() && IsOfSingleRuns(name)) {
    return EmptyFigure(style, TitleOf(name), "No law of single runs: " + inputs.why_no_law).dump();
  }
  const bool optima = !fit.optimal_points.empty();
  if (name == "isoflop_curves") {
    return IsoflopCurves(inputs.points, optima ? inputs.fit : nullptr, style);
  }
  if (name == "scaling_laws") return ScalingLaws(fit, style);
  if (name == "tokens_per_param") return TokensPerParam(fit, style);
  if (name == "loss_curves") return LossCurves(inputs.curves, inputs.x_axis, style);
  if (name == "training_envelope") return TrainingEnvelope(inputs.curves, inputs.envelope, style);
  if (name == "bootstrap_cloud") return DrawCloud(inputs, style);
  if (name == "backtest") return BacktestErrors(inputs.backtest, law, style);
  if (name == "law_bands") {
    return LawBands(law, has_law ? BandOf(law) : std::vector<LawBandPoint>(),
                    optima ? inputs.fit : nullptr, style);
  }
  if (name == "loss_surface" || name == "residuals") {
    const RunTable runs = has_law ? Screened(inputs.runs) : RunTable();
    if (name == "loss_surface") return DrawSurface(law, runs, style);
    const Residuals residuals = runs.size() > 0 ? scaling::LawResiduals(runs, law) : Residuals();
    return ResidualPanels(runs, law, residuals, style);
  }
  std::vector<std::string> names;
  for (const FigureName& one : FigureNames()) names.push_back(one.name);
  return absl::InvalidArgumentError(
      absl::StrCat("no figure '", name, "'; there are ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<std::string> DrawComparison(const std::string& name_a, const FigureInputs& a,
                                           const std::string& name_b, const FigureInputs& b,
                                           double target_flops, Style style) {
  if (a.surface != nullptr && b.surface != nullptr) {
    const double largest = std::max(a.surface->largest_compute, b.surface->largest_compute);
    const double target = target_flops > 0 ? target_flops : kTargetReach * largest;
    return LawComparisonPanels(Named(name_a, *a.surface), Named(name_b, *b.surface),
                               scaling::CompareLaws(*a.surface, *b.surface, target), target, style);
  }
  if (a.fit != nullptr && b.fit != nullptr) {
    const double largest = std::max(LargestCompute(*a.fit), LargestCompute(*b.fit));
    const double target = target_flops > 0 ? target_flops : kTargetReach * largest;
    return LawComparisonPanels(Named(name_a, *a.fit), Named(name_b, *b.fit),
                               scaling::CompareFits(*a.fit, *b.fit, target), target, style);
  }
  return absl::FailedPreconditionError(
      absl::StrCat("'", name_a, "' and '", name_b,
                   "' have no law of the same kind to compare; analyze both first"));
}

}  // namespace ff::figures
