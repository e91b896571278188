#include "server/coordinator/coordinator.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<std::vector<Worker>> Coordinator::ListWorkers() {
  const absl::Time now = clock_();
  std::vector<Worker> workers;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(workers, view.ListWorkers());
    FF_TRY_ASSIGN(const std::vector<Attempt> live, view.ListLiveAttempts(""));
    for (Worker& worker : workers) {
      worker.alive = worker.last_seen + options_.lease_length >= now;
      for (const Attempt& attempt : live) {
        if (attempt.worker_id == worker.id) worker.experiment_ids.push_back(attempt.experiment_id);
      }
    }
    return absl::OkStatus();
  }));
  return workers;
}

}  // namespace ff::coordinator
