#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/digest.h"
#include "server/coordinator/import_rows.h"
#include "server/coordinator/sweep_summary.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// Shapes, batches and schedules are not in the files: what is known is kept, and such an
// experiment is never trained.
Experiment ExperimentOf(const PlannedRow& row, int ordinal) {
  Experiment experiment;
  experiment.id = row.experiment_id;
  experiment.ordinal = ordinal;
  experiment.budget_flops = row.compute_budget;
  experiment.target_parameters = row.model_size;
  experiment.plan.mode = "imported";
  experiment.plan.parameters = std::llround(row.model_size);
  experiment.plan.tokens = std::llround(row.num_tokens);
  experiment.plan.flop_count = "six_nd";
  experiment.plan.flops = row.compute_budget;
  experiment.plan.flops_six_nd = 6 * row.model_size * row.num_tokens;
  experiment.state = ExperimentState::kCancelled;
  return experiment;
}

void AddResult(const ResultRow& row, absl::Time now, Experiment* experiment) {
  if (row.status != "completed") {
    experiment->state =
        row.status == "failed" ? ExperimentState::kFailed : ExperimentState::kCancelled;
    experiment->failure = Failure{row.status, row.error_message};
    return;
  }
  Result result;
  result.final_train_loss = result.final_val_loss = row.final_loss;  // the files have one loss
  result.parameters = experiment->plan.parameters;
  result.tokens = experiment->plan.tokens;
  result.flops = row.actual_flops;
  result.train_seconds = row.wall_time_seconds;
  result.finished_at = row.timestamp == absl::InfinitePast() ? now : row.timestamp;
  result.imported = true;
  experiment->state = ExperimentState::kFinished;
  experiment->result = result;
}

// Runs of one budget have its number exactly; the smallest budget is 0.
void NumberBudgets(std::vector<Experiment>* experiments) {
  std::map<double, int> budgets;
  for (const Experiment& e : *experiments) budgets[e.budget_flops] = 0;
  int next = 0;
  for (auto& [flops, index] : budgets) index = next++;
  for (Experiment& e : *experiments) e.budget_index = budgets[e.budget_flops];
}

class Importer {
 public:
  explicit Importer(absl::Time now) : now_(now) {}

  void Plan(const PlannedRow& row, const char* file) {
    const int ordinal = static_cast<int>(experiments_.size());
    if (places_.emplace(row.experiment_id, ordinal).second) {
      experiments_.push_back(ExperimentOf(row, ordinal));
    } else {
      warnings_.push_back(
          absl::StrCat(file, " has ", row.experiment_id, " twice; the first one counts"));
    }
  }

  // The last row of an experiment counts: flops-fit appended one for each run.
  void Finish(const ResultRow& row, bool planned_rows_given) {
    if (places_.count(row.planned.experiment_id) == 0) {
      if (planned_rows_given) {
        warnings_.push_back(absl::StrCat("results.json has ", row.planned.experiment_id,
                                         ", which sweep.json does not have; added"));
      }
      Plan(row.planned, "results.json");
    }
    Experiment& experiment = experiments_[places_[row.planned.experiment_id]];
    experiment.result.reset();
    experiment.failure.reset();
    AddResult(row, now_, &experiment);
  }

  std::vector<std::string>& warnings() { return warnings_; }
  std::vector<Experiment> Take() {
    NumberBudgets(&experiments_);
    return std::move(experiments_);
  }

 private:
  const absl::Time now_;
  std::map<std::string, int> places_;
  std::vector<Experiment> experiments_;
  std::vector<std::string> warnings_;
};

absl::Status SaveImported(storage::Transaction& tx, const Sweep& sweep, const std::string& content,
                          std::vector<Experiment>& experiments) {
  FF_TRY(tx.AddSweep(sweep, content));
  for (Experiment& experiment : experiments) {
    experiment.sweep_id = sweep.id;
    FF_TRY(tx.AddExperiment(experiment));
  }
  FF_TRY(tx.MarkFitDue(sweep.id));
  return tx.AddEvent({0, sweep.created_at, sweep.id, "", 0, "imported",
                      absl::StrCat(experiments.size(), " experiments")});
}

}  // namespace

absl::StatusOr<ImportOutcome> Coordinator::ImportSweep(const std::string& name,
                                                       const std::string& sweep_json,
                                                       const std::string& results_json) {
  if (sweep_json.empty() && results_json.empty()) {
    return absl::InvalidArgumentError("nothing to import: give sweep.json, results.json or both");
  }
  if (absl::StartsWith(name, "@")) {
    return absl::InvalidArgumentError("a sweep's name must not begin with '@'");
  }
  const absl::Time now = clock_();
  Importer importer(now);
  if (!sweep_json.empty()) {
    FF_TRY_ASSIGN(const auto rows, ReadSweepRows("sweep.json", sweep_json, &importer.warnings()));
    for (const PlannedRow& row : rows) importer.Plan(row, "sweep.json");
  }
  if (!results_json.empty()) {
    FF_TRY_ASSIGN(const auto rows,
                  ReadResultRows("results.json", results_json, &importer.warnings()));
    for (const ResultRow& row : rows) importer.Finish(row, !sweep_json.empty());
  }
  ImportOutcome outcome;
  outcome.warnings = importer.warnings();
  std::vector<Experiment> experiments = importer.Take();
  if (experiments.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "nothing to import: no row can be used",
        outcome.warnings.empty() ? "" : absl::StrCat("; the first: ", outcome.warnings.front())));
  }
  Sweep sweep;
  const std::string content = Digest({"ff.import.v1", sweep_json, results_json});
  sweep.id = SweepId(name, content, 0);
  sweep.name = name.empty() ? absl::StrCat("import-", sweep.id.substr(0, 6)) : name;
  sweep.state = SweepState::kFinished;
  sweep.created_at = sweep.finished_at = now;
  sweep.imported = true;
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    const absl::Status known = tx.GetSweep(sweep.id).status();
    if (absl::IsNotFound(known)) {
      FF_TRY(SaveImported(tx, sweep, content, experiments));
    } else if (known.ok()) {
      outcome.warnings.push_back("these files were imported before; nothing was changed");
    } else {
      return known;
    }
    FF_TRY_ASSIGN(outcome.sweep, LoadSweep(tx, sweep.id));
    return absl::OkStatus();
  }));
  return outcome;
}

}  // namespace ff::coordinator
