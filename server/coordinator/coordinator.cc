#include "server/coordinator/coordinator.h"

#include <utility>

#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

Coordinator::Coordinator(storage::Store* store, Options options, std::function<absl::Time()> clock)
    : store_(store),
      options_(std::move(options)),
      clock_(std::move(clock)),
      started_at_(clock_()) {}

scheduler::Rules Coordinator::Rules() const {
  return {options_.lease_length, options_.max_retries, started_at_ + options_.restart_grace};
}

absl::StatusOr<Statistics> Coordinator::GetStatistics() {
  Statistics statistics;
  statistics.schema_version = store_->GetStatistics().schema_version;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::vector<Sweep> sweeps, view.ListSweeps());
    statistics.sweeps = static_cast<int>(sweeps.size());
    return absl::OkStatus();
  }));
  FF_TRY_ASSIGN(const std::vector<Worker> workers, ListWorkers());
  for (const Worker& worker : workers) statistics.workers_alive += worker.alive ? 1 : 0;
  return statistics;
}

}  // namespace ff::coordinator
