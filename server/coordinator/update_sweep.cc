#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/save_decision.h"
#include "server/coordinator/sweep_summary.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<Sweep> Coordinator::UpdateSweep(const std::string& sweep,
                                               const SchedulingChange& change,
                                               const std::string& by, int64_t if_version) {
  if (change.weight.has_value() && !(*change.weight > 0)) {
    return absl::InvalidArgumentError("a sweep's weight must be positive");
  }
  if (change.max_running.has_value() && *change.max_running < 0) {
    return absl::InvalidArgumentError("max_running must not be negative; 0 is no bound");
  }
  const absl::Time now = clock_();
  std::string id;
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(id, ResolveSweep(tx, sweep));
    FF_TRY_ASSIGN(const Sweep found, tx.GetSweep(id));
    FF_TRY(CheckVersion(found, if_version));
    FF_TRY_ASSIGN(const storage::SweepLoad load, tx.GetLoad(id));
    SchedulingSpec scheduling = load.scheduling;
    scheduling.priority = change.priority.value_or(scheduling.priority);
    scheduling.weight = change.weight.value_or(scheduling.weight);
    scheduling.max_running = change.max_running.value_or(scheduling.max_running);
    if (scheduling == load.scheduling) return absl::OkStatus();
    FF_TRY(tx.SetScheduling(id, scheduling));
    return tx.AddEvent(
        {0, now, id, "", 0, "rescheduled",
         WithAuthor(absl::StrCat("priority ", scheduling.priority, ", weight ", scheduling.weight,
                                 ", max_running ", scheduling.max_running),
                    by)});
  }));
  Sweep after;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(after, LoadSweep(view, id));
    return absl::OkStatus();
  }));
  return after;
}

}  // namespace ff::coordinator
