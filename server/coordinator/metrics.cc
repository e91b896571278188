#include <limits>

#include "server/coordinator/coordinator.h"
#include "server/coordinator/load_workers.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

void AddDevices(const Worker& worker, Metrics* metrics) {
  for (const Device& device : worker.devices) {
    // A worker says what kind it has: only the two words there are become labels.
    const bool known = device.kind == "cpu" || device.kind == "cuda";
    Metrics::Devices& devices = metrics->devices[known ? device.kind : "other"];
    ++devices.count;
    devices.slots += device.slots;
    devices.free_slots += device.free_slots;
    devices.out_of_use += !device.cordoned.empty() || !device.fault.empty() ? 1 : 0;
  }
}

}  // namespace

absl::StatusOr<Metrics> Coordinator::GetMetrics() {
  const absl::Time now = clock_();
  Metrics metrics;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const auto loads, view.ListWaitingSweeps(std::numeric_limits<int>::max()));
    metrics.sweeps_waiting = static_cast<int>(loads.size());
    for (const storage::SweepLoad& load : loads) metrics.waiting += load.waiting;
    FF_TRY_ASSIGN(const auto live, view.ListLiveAttempts(""));
    for (const Attempt& one : live) ++(one.state == "running" ? metrics.running : metrics.leased);
    FF_TRY_ASSIGN(const auto workers, LoadWorkers(view, now, Rules().lease_length));
    metrics.workers = static_cast<int>(workers.size());
    for (const Worker& worker : workers) {
      if (!worker.alive) continue;
      ++metrics.workers_alive;
      AddDevices(worker, &metrics);
    }
    return absl::OkStatus();
  }));
  metrics.synchronizations = synchronizations_;
  metrics.measurements = measurements_;
  const storage::Statistics statistics = store_->GetStatistics();
  metrics.writes = statistics.writes;
  metrics.commits = statistics.commits;
  metrics.writes_waiting = statistics.waiting;
  metrics.write_seconds = statistics.write_seconds;
  int64_t below = 0;
  for (size_t i = 0; i < storage::kWriteBounds.size(); ++i) {
    below += statistics.write_times[i];
    metrics.write_times.emplace_back(storage::kWriteBounds[i], below);
  }
  below += statistics.write_times.back();
  metrics.write_times.emplace_back(std::numeric_limits<double>::infinity(), below);
  return metrics;
}

}  // namespace ff::coordinator
