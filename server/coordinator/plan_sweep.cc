#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/coordinator/complete_spec.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/create_plan.h"
#include "server/coordinator/digest.h"
#include "server/coordinator/try.h"
#include "server/scaling/cost_preview.h"
#include "server/scaling/prior_optimum.h"
#include "server/scaling/training_flops.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// Results that are old say little of the machines there are now.
constexpr int kResultsForThroughput = 50;
// 6 N D and the matrix products may differ by this factor before it is worth a line.
constexpr double kCountsDiffer = 1.25;

// Slots of the workers alive, and the kind of device they have.
void CountSlots(const std::vector<Worker>& workers, const std::string& wanted,
                SweepPreview* preview) {
  int slots = 0;
  for (const Worker& worker : workers) {
    if (!worker.alive) continue;
    for (const Device& device : worker.devices) {
      if (wanted != "auto" && device.kind != wanted) continue;
      slots += device.slots;
      if (preview->device_kind != "cuda") preview->device_kind = device.kind;
    }
  }
  if (slots == 0) {
    preview->notes.push_back("no worker yet that could train this: times are those of one slot");
    if (wanted != "auto") preview->device_kind = wanted;
  }
  preview->slots = std::max(slots, 1);
}

absl::Status AddKnownResults(storage::View& view, const std::string& code_version,
                             SweepPreview* preview) {
  for (Experiment& experiment : preview->experiments) {
    FF_TRY_ASSIGN(std::optional<Result> result, view.FindResult(experiment.id, "", code_version));
    if (!result.has_value()) continue;
    experiment.state = ExperimentState::kFinished;
    experiment.result = *std::move(result);
    ++preview->cached;
  }
  return absl::OkStatus();
}

void AddCosts(const scaling::Throughput& throughput, SweepPreview* preview) {
  preview->throughput_measured = throughput.measured;
  preview->flops_per_second = throughput.flops_per_second;
  preview->throughput_source = throughput.source;
  std::vector<double> seconds, disk;
  for (const Experiment& experiment : preview->experiments) {
    const Plan& plan = experiment.plan;
    ExperimentCost cost{experiment.id, 0, scaling::CheckpointBytes(plan),
                        scaling::TrainingFlopTerms(plan.shape)};
    preview->total_flops += plan.flops;
    preview->peak_memory_bytes = std::max(preview->peak_memory_bytes, plan.estimated_memory_bytes);
    preview->tokens_needed = std::max(preview->tokens_needed, static_cast<double>(plan.tokens));
    if (!experiment.result.has_value()) {
      cost.seconds = scaling::SecondsFor(throughput, plan);
      seconds.push_back(cost.seconds);
      disk.push_back(cost.checkpoint_bytes);
      preview->slot_seconds += cost.seconds;
    }
    preview->costs.push_back(cost);
  }
  preview->estimated_seconds = scaling::Makespan(std::move(seconds), preview->slots);
  preview->disk_bytes = scaling::CheckpointDisk(std::move(disk), preview->slots);
}

void AddFlopTotals(const SweepSpec& spec, SweepPreview* preview) {
  double six_nd = 0, six_nd_non_embedding = 0, exact = 0, exact_all = 0, chinchilla = 0;
  for (const Experiment& experiment : preview->experiments) {
    six_nd += experiment.plan.flops_six_nd;
    six_nd_non_embedding += experiment.plan.flops_six_nd_non_embedding;
    exact += experiment.plan.flops_exact;
    exact_all += experiment.plan.flops_exact_all;
    chinchilla += experiment.plan.flops_chinchilla;
  }
  preview->flop_count = spec.compute.flop_count;
  preview->flop_totals = {{"six_nd", six_nd},
                          {"six_nd_non_embedding", six_nd_non_embedding},
                          {"exact", exact},
                          {"exact_all", exact_all},
                          {"chinchilla", chinchilla}};
  if (spec.compute.flop_count != "six_nd") return;
  const double ratio = exact / six_nd;
  if (ratio < kCountsDiffer && ratio > 1 / kCountsDiffer) return;
  preview->notes.push_back(
      absl::StrFormat("the matrix products of these shapes are %.3g times 6 N D; "
                      "compute.flop_count=exact budgets what is really done",
                      ratio));
}

void AddSharing(const SweepSpec& spec, const scaling::SharedPhase& shared, SweepPreview* preview) {
  if (spec.recipe.scheduler != "wsd" || !spec.phases.share_stable_phase) return;
  if (shared.experiments == 0) {
    preview->notes.push_back(
        "no two experiments share a stable phase: that takes the same model at several budgets "
        "(model.grid=bounds) and trainer.warmup_steps or warmup_tokens");
    return;
  }
  preview->notes.push_back(absl::StrFormat(
      "%d experiments branch off stable phases that they share: on one worker %.3g of the FLOP "
      "(%.0f %%) need not be done again",
      shared.experiments, shared.flops, 100 * shared.flops / preview->total_flops));
}

// Repeated text teaches less: whoever allows it should see how much of it there is.
void AddRepeats(const SweepSpec& spec, SweepPreview* preview) {
  const double once = (1 - spec.recipe.val_fraction) * static_cast<double>(spec.dataset.tokens);
  if (once <= 0) return;
  int repeating = 0;
  for (const Experiment& experiment : preview->experiments) {
    repeating += static_cast<double>(experiment.plan.tokens) > once;
  }
  if (repeating == 0) return;
  preview->notes.push_back(absl::StrFormat(
      "%d of %d experiments read the training text more than once, the largest %.1f times",
      repeating, preview->experiments.size(), preview->tokens_needed / once));
}

absl::Status AddPrior(const SweepSpec& spec, SweepPreview* preview) {
  if (spec.grid.grid != "centred") return absl::OkStatus();
  FF_TRY_ASSIGN(const scaling::PriorLaw law, scaling::PriorLawOf(spec));
  preview->prior = {law.coefficient, law.exponent, law.origin};
  const int sizes = spec.compute.num_model_sizes;
  if (!(spec.grid.step > 1) && sizes % 2 == 0) {
    preview->notes.push_back(
        absl::StrFormat("with an even number of sizes (%d) none is the one expected to be best; "
                        "compute.num_model_sizes=%d has it",
                        sizes, sizes + 1));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SweepPreview> Coordinator::PlanSweep(const SweepSpec& asked) {
  SweepSpec spec = asked;
  SweepPreview preview;
  Effort effort;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY(LookUpPrior(view, &spec));
    if (spec.device_memory_bytes == 0) {
      FF_TRY_ASSIGN(spec.device_memory_bytes, LargestDeviceMemory(view, spec.recipe));
    }
    FF_TRY_ASSIGN(spec.device_kind, DeviceKind(view, spec.recipe));
    FF_TRY_ASSIGN(effort, view.RecentEffort(spec.recipe.mode, kResultsForThroughput));
    return absl::OkStatus();
  }));
  FF_TRY_ASSIGN(CreatePlan planned, MakeCreatePlan(spec));
  preview.experiments = std::move(planned.experiments);
  preview.dropped = std::move(planned.dropped);
  preview.device_memory_bytes = spec.device_memory_bytes;
  FF_TRY_ASSIGN(const std::vector<Worker> workers, ListWorkers());
  CountSlots(workers, spec.recipe.device, &preview);
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY(AddKnownResults(view, options_.version, &preview));
    FF_TRY_ASSIGN(preview.sweep_id, view.FindSweepByContent(planned.content));
    return absl::OkStatus();
  }));
  preview.exists = !preview.sweep_id.empty();
  if (!preview.exists) preview.sweep_id = SweepId("", planned.content, 0);
  for (Experiment& experiment : preview.experiments) experiment.sweep_id = preview.sweep_id;
  FF_TRY(AddPrior(spec, &preview));
  const bool stand_in = spec.recipe.mode == "synthetic" && effort.runs < 1;
  AddCosts(stand_in ? scaling::StandInThroughput(spec.recipe.synthetic.seconds_per_step)
                    : scaling::ThroughputOf(effort, spec.assumed_flops_per_second),
           &preview);
  AddFlopTotals(spec, &preview);
  AddRepeats(spec, &preview);
  AddSharing(spec, planned.shared, &preview);
  return preview;
}

}  // namespace ff::coordinator
