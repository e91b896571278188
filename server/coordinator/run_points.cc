#include "server/coordinator/run_points.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "server/coordinator/try.h"

namespace ff::coordinator {
namespace {

scaling::RunPoint PointOf(const Experiment& e, bool validation) {
  scaling::RunPoint point;
  point.experiment_id = e.id;
  point.budget_index = e.budget_index;
  point.compute_budget = e.budget_flops;
  point.parameters = static_cast<double>(e.plan.parameters);
  point.tokens = static_cast<double>(e.plan.tokens);
  point.loss = std::numeric_limits<double>::quiet_NaN();
  if (!e.result.has_value()) return point;
  point.loss = validation ? e.result->final_val_loss : e.result->final_train_loss;
  return point;
}

}  // namespace

absl::StatusOr<Runs> LoadRuns(storage::View& view, const std::string& sweep_id,
                              const std::string& loss_kind) {
  if (loss_kind != "validation" && loss_kind != "training") {
    return absl::InvalidArgumentError(
        absl::StrCat("fitting.loss must be validation or training, not '", loss_kind, "'"));
  }
  FF_TRY_ASSIGN(const std::vector<Experiment> experiments,
                view.ListExperiments(
                    {sweep_id, {ExperimentState::kFinished, ExperimentState::kFailed}, 0, 0}));
  Runs runs;
  for (const Experiment& experiment : experiments) {
    runs.points.push_back(PointOf(experiment, loss_kind == "validation"));
    runs.flop_count = experiment.plan.flop_count;
  }
  return runs;
}

}  // namespace ff::coordinator
