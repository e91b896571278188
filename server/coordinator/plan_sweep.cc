#include <algorithm>
#include <cmath>
#include <optional>

#include "server/coordinator/coordinator.h"
#include "server/coordinator/create_plan.h"
#include "server/coordinator/digest.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// Results that are old say little of the machines there are now.
constexpr int kResultsForThroughput = 50;

int SlotsOf(const std::vector<Worker>& workers) {
  int slots = 0;
  for (const Worker& worker : workers) {
    if (!worker.alive) continue;
    for (const Device& device : worker.devices) slots += device.slots;
  }
  return std::max(slots, 1);
}

// Longest first on equal slots ends no earlier than either of these.
double SecondsFor(double total_flops, double largest, int slots, double flops_per_second) {
  return std::max(total_flops / slots, largest) / flops_per_second;
}

absl::Status AddThroughput(storage::View& view, const SweepSpec& spec, SweepPreview* preview) {
  FF_TRY_ASSIGN(const storage::Effort effort,
                view.RecentEffort(spec.recipe.mode, kResultsForThroughput));
  preview->throughput_measured = effort.seconds > 0 && effort.flops > 0;
  preview->flops_per_second =
      preview->throughput_measured ? effort.flops / effort.seconds : spec.assumed_flops_per_second;
  return absl::OkStatus();
}

absl::Status AddKnownResults(storage::View& view, SweepPreview* preview) {
  for (Experiment& experiment : preview->experiments) {
    FF_TRY_ASSIGN(std::optional<Result> result, view.FindResult(experiment.id, ""));
    if (!result.has_value()) continue;
    experiment.state = ExperimentState::kFinished;
    experiment.result = *std::move(result);
    ++preview->cached;
  }
  return absl::OkStatus();
}

void AddTotals(SweepPreview* preview) {
  double remaining = 0, largest = 0;
  for (const Experiment& experiment : preview->experiments) {
    const Plan& plan = experiment.plan;
    preview->total_flops += plan.flops;
    preview->peak_memory_bytes = std::max(preview->peak_memory_bytes, plan.estimated_memory_bytes);
    preview->tokens_needed = std::max(preview->tokens_needed, static_cast<double>(plan.tokens));
    if (experiment.result.has_value()) continue;
    remaining += plan.flops;
    largest = std::max(largest, plan.flops);
  }
  if (preview->flops_per_second > 0) {
    preview->estimated_seconds =
        SecondsFor(remaining, largest, preview->slots, preview->flops_per_second);
  }
}

}  // namespace

absl::StatusOr<SweepPreview> Coordinator::PlanSweep(const SweepSpec& spec) {
  FF_TRY_ASSIGN(CreatePlan planned, MakeCreatePlan(spec));
  SweepPreview preview;
  preview.experiments = std::move(planned.experiments);
  preview.dropped = std::move(planned.dropped);
  FF_TRY_ASSIGN(const std::vector<Worker> workers, ListWorkers());
  preview.slots = SlotsOf(workers);
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY(AddKnownResults(view, &preview));
    FF_TRY_ASSIGN(preview.sweep_id, view.FindSweepByContent(planned.content));
    return AddThroughput(view, spec, &preview);
  }));
  preview.exists = !preview.sweep_id.empty();
  if (!preview.exists) preview.sweep_id = SweepId("", planned.content, 0);
  for (Experiment& experiment : preview.experiments) experiment.sweep_id = preview.sweep_id;
  AddTotals(&preview);
  return preview;
}

}  // namespace ff::coordinator
