#include "server/coordinator/run_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/coordinator/best_rates.h"
#include "server/coordinator/thin.h"
#include "server/coordinator/try.h"
#include "server/scaling/run_screening.h"

namespace ff::coordinator {
namespace {

// An envelope is drawn from the whole sweep's curves at once: with many of them each has fewer
// points, so that a sweep of tens of thousands of experiments takes some 10 MB and not gigabytes.
constexpr int kPointsACurve = 1000, kFewestPointsACurve = 20;
constexpr size_t kPointsInAll = 200'000;

void AddRun(const Experiment& e, bool validation, RunTable* table) {
  table->run_id.push_back(e.id);
  table->parameters.push_back(static_cast<double>(e.plan.parameters));
  table->tokens.push_back(static_cast<double>(e.plan.tokens));
  table->compute.push_back(e.plan.flops);
  table->budget.push_back(e.budget_flops);
  double loss = std::numeric_limits<double>::quiet_NaN();
  if (e.result.has_value()) {
    loss = validation ? e.result->final_val_loss : e.result->final_train_loss;
  }
  table->loss.push_back(loss);
}

// The curve of one run: validation where there are enough points to be a curve.
std::vector<Measurement> CurveOf(std::vector<Measurement> all, int most) {
  constexpr size_t kFewest = 5;
  std::vector<Measurement> eval, train;
  for (Measurement& m : Thin(std::move(all), most)) {
    (m.kind == "eval" ? eval : train).push_back(std::move(m));
  }
  return eval.size() >= kFewest ? eval : train;
}

}  // namespace

absl::StatusOr<Runs> LoadRuns(storage::View& view, const std::string& sweep_id,
                              const std::string& loss_kind) {
  if (loss_kind != "validation" && loss_kind != "training") {
    return absl::InvalidArgumentError(
        absl::StrCat("fitting.loss must be validation or training, not '", loss_kind, "'"));
  }
  FF_TRY_ASSIGN(std::vector<Experiment> experiments,
                view.ListExperiments(
                    {sweep_id, {ExperimentState::kFinished, ExperimentState::kFailed}, 0, 0}));
  Runs runs;
  runs.worse_rates = KeepBestRates(loss_kind, &experiments);
  for (const Experiment& experiment : experiments) {
    AddRun(experiment, loss_kind == "validation", &runs.table);
    runs.flop_count = experiment.plan.flop_count;
  }
  return runs;
}

std::vector<scaling::RunPoint> PointsOf(const RunTable& table) {
  const absl::StatusOr<scaling::ScreenedRuns> screened = scaling::ScreenRuns(table);
  if (!screened.ok()) return {};  // columns of different length, which LoadRuns does not make
  return scaling::RunPoints(screened->table, scaling::GroupBudgets(screened->table));
}

absl::StatusOr<std::vector<Measurement>> MeasurementsOf(storage::View& view,
                                                        const Experiment& experiment) {
  const std::string from = experiment.result.has_value() ? experiment.result->from_sweep : "";
  return view.ListMeasurements(from.empty() ? experiment.sweep_id : from, experiment.id, 0);
}

absl::StatusOr<std::vector<Measurement>> ThinnedMeasurementsOf(storage::View& view,
                                                               const Experiment& experiment,
                                                               int points) {
  const std::string from = experiment.result.has_value() ? experiment.result->from_sweep : "";
  std::vector<Measurement> both;
  for (const char* kind : {"train", "eval"}) {
    FF_TRY_ASSIGN(std::vector<Measurement> curve,
                  view.ListCurve({from.empty() ? experiment.sweep_id : from, experiment.id, kind, 0,
                                  0, points}));
    curve = Thin(std::move(curve), points);
    both.insert(both.end(), curve.begin(), curve.end());
  }
  return both;
}

absl::StatusOr<Curves> LoadCurves(storage::View& view, const std::string& sweep_id,
                                  const std::string& loss_kind) {
  FF_TRY_ASSIGN(std::vector<Experiment> experiments,
                view.ListExperiments({sweep_id, {ExperimentState::kFinished}, 0, 0}));
  KeepBestRates(loss_kind, &experiments);
  const auto share = static_cast<int>(kPointsInAll / std::max<size_t>(experiments.size(), 1));
  const int most = std::clamp(share, kFewestPointsACurve, kPointsACurve);
  Curves curves;
  for (const Experiment& e : experiments) {
    FF_TRY_ASSIGN(std::vector<Measurement> points, MeasurementsOf(view, e));
    if (points.empty()) continue;
    const int run = static_cast<int>(curves.runs.size());
    curves.runs.push_back({e.id, static_cast<double>(e.plan.parameters)});
    for (const Measurement& m : CurveOf(std::move(points), most)) {
      curves.points.push_back({run, static_cast<double>(m.tokens), m.flops, m.loss});
    }
  }
  return curves;
}

}  // namespace ff::coordinator
