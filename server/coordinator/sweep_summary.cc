#include "server/coordinator/sweep_summary.h"

#include <algorithm>

#include "server/coordinator/try.h"

namespace ff::coordinator {
namespace {

void Add(const StateCounts& part, StateCounts* sum) {
  sum->waiting += part.waiting;
  sum->leased += part.leased;
  sum->running += part.running;
  sum->finished += part.finished;
  sum->failed += part.failed;
  sum->cancelled += part.cancelled;
}

// FLOP/s of everything that runs: measured now or, until the first report of tokens per
// second, what finished experiments of the sweep reached, times the leases there are.
double ThroughputNow(const storage::SweepProgress& progress, int leases) {
  if (progress.running_flops_per_second > 0) return progress.running_flops_per_second;
  if (progress.finished_seconds <= 0) return 0;
  return progress.finished_flops / progress.finished_seconds * leases;
}

// FLOP/s of one slot, by what finished, else by what runs.
double SpeedOfASlot(const storage::SweepProgress& progress, int running) {
  if (progress.finished_seconds > 0) return progress.finished_flops / progress.finished_seconds;
  return running > 0 ? progress.running_flops_per_second / running : 0;
}

}  // namespace

absl::Status Summarise(storage::View& view, Sweep* sweep) {
  FF_TRY_ASSIGN(storage::SweepProgress progress, view.GetProgress(sweep->id));
  FF_TRY_ASSIGN(sweep->fitting, view.IsFitDue(sweep->id));
  sweep->counts = {};
  for (const BudgetProgress& budget : progress.budgets) Add(budget.counts, &sweep->counts);
  sweep->total_flops = progress.total_flops;
  sweep->done_flops = progress.done_flops;
  sweep->flops_per_second = progress.running_flops_per_second;
  sweep->budgets = std::move(progress.budgets);
  const StateCounts& counts = sweep->counts;
  sweep->slot_seconds_spent = progress.held_seconds;
  const double slot = SpeedOfASlot(progress, counts.running);
  sweep->slot_seconds_left = slot > 0 ? progress.open_flops / slot : -1;
  // A GPU with several slots is held once: what is left shares GPUs as what was did.
  sweep->gpu_seconds_spent = progress.gpu_seconds;
  sweep->gpu_seconds_left = -1;
  if (progress.held_seconds > 0 && sweep->slot_seconds_left >= 0) {
    sweep->gpu_seconds_left =
        sweep->slot_seconds_left * progress.gpu_seconds / progress.held_seconds;
  }
  const bool over = sweep->state == SweepState::kFinished || sweep->state == SweepState::kCancelled;
  if (over) {
    sweep->eta_seconds = 0;
    sweep->slot_seconds_left = sweep->gpu_seconds_left = 0;
    return absl::OkStatus();
  }
  const double speed = ThroughputNow(progress, counts.leased + counts.running);
  sweep->eta_seconds = speed > 0 ? progress.open_flops / speed : -1;
  return absl::OkStatus();
}

absl::StatusOr<Sweep> LoadSweep(storage::View& view, const std::string& id) {
  FF_TRY_ASSIGN(Sweep sweep, view.GetSweep(id));
  FF_TRY(Summarise(view, &sweep));
  return sweep;
}

}  // namespace ff::coordinator
