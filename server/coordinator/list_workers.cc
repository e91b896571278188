#include "server/coordinator/coordinator.h"
#include "server/coordinator/load_workers.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

void AddHealth(const std::vector<std::pair<std::string, Health>>& all, Worker* worker) {
  for (const auto& [id, health] : all) {
    if (id != worker->id) continue;
    if (health.device_id.empty()) worker->cordoned = health.cordoned;
    for (Device& device : worker->devices) {
      if (device.id == health.device_id) device.cordoned = health.cordoned;
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<Worker>> LoadWorkers(storage::View& view, absl::Time now,
                                                absl::Duration patience) {
  FF_TRY_ASSIGN(std::vector<Worker> workers, view.ListWorkers());
  FF_TRY_ASSIGN(const std::vector<Attempt> live, view.ListLiveAttempts(""));
  FF_TRY_ASSIGN(const auto health, view.ListHealth(""));
  for (Worker& worker : workers) {
    worker.alive = worker.last_seen + patience >= now;
    AddHealth(health, &worker);
    for (const Attempt& attempt : live) {
      if (attempt.worker_id != worker.id) continue;
      worker.experiment_ids.push_back(attempt.experiment_id);
      worker.attempts.push_back(attempt);
    }
  }
  return workers;
}

absl::StatusOr<std::vector<Worker>> Coordinator::ListWorkers() {
  const absl::Time now = clock_();
  std::vector<Worker> workers;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(workers, LoadWorkers(view, now, Rules().lease_length));
    return absl::OkStatus();
  }));
  return workers;
}

}  // namespace ff::coordinator
