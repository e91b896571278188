#include "server/coordinator/coordinator.h"

#include <algorithm>
#include <utility>

#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

Coordinator::Coordinator(storage::Store* store, Options options, std::function<absl::Time()> clock)
    : store_(store), options_(std::move(options)), clock_(std::move(clock)), started_at_(clock_()) {
  // Not knowing is no reason not to start: the next second tells.
  const absl::Status counted = store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(workers_, view.CountWorkers(started_at_ - absl::Hours(1)));
    return absl::OkStatus();
  });
  if (!counted.ok()) workers_ = 0;
}

scheduler::Rules Coordinator::Rules() const {
  scheduler::Rules rules;
  rules.lease_length = std::max(options_.lease_length, 3 * SyncInterval());
  rules.max_retries = options_.max_retries;
  rules.no_expiry_before = started_at_ + options_.restart_grace;
  rules.backoff = options_.backoff;
  rules.max_backoff = options_.max_backoff;
  rules.max_losses = options_.max_losses;
  rules.quarantine_after = options_.quarantine_after;
  rules.fast = options_.quarantine_within;
  rules.may_grant = options_.may_grant();
  rules.failure_rules = options_.failure_rules;
  return rules;
}

absl::Duration Coordinator::SyncInterval() const {
  return std::max(options_.sync_interval, absl::Seconds(workers_ / options_.max_syncs_per_second));
}

absl::Status Coordinator::Backup(const std::string& path) { return store_->Backup(path); }

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
