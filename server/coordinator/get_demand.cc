#include <algorithm>

#include "server/coordinator/coordinator.h"
#include "server/coordinator/load_workers.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

constexpr int kMostSweeps = 1000;

bool HasAll(const std::vector<std::string>& words, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  });
}

// What of it could start now if there were workers enough.
int Startable(const storage::SweepLoad& load) {
  if (load.scheduling.max_running <= 0) return load.waiting;
  return std::clamp(load.scheduling.max_running - load.in_flight, 0, load.waiting);
}

}  // namespace

absl::StatusOr<Demand> Coordinator::GetDemand(const std::vector<std::string>& labels) {
  const absl::Time now = clock_();
  Demand demand;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const auto loads, view.ListWaitingSweeps(kMostSweeps));
    for (const storage::SweepLoad& load : loads) {
      const int startable = Startable(load);
      if (startable == 0 || !HasAll(labels, load.scheduling.labels)) continue;
      demand.waiting += startable;
      demand.sweeps.push_back(load.id);
    }
    FF_TRY_ASSIGN(demand.workers, LoadWorkers(view, now, Rules().lease_length));
    return absl::OkStatus();
  }));
  return demand;
}

absl::Status Coordinator::NoteProvisioning(const std::vector<std::string>& sweeps,
                                           const std::string& message) {
  if (sweeps.empty()) return absl::OkStatus();
  const absl::Time now = clock_();
  return store_->Write([&](storage::Transaction& tx) -> absl::Status {
    for (const std::string& sweep : sweeps) {
      Event event;
      event.time = now;
      event.sweep_id = sweep;
      event.kind = "provisioning";
      event.message = message;
      FF_TRY(tx.AddEvent(event));
    }
    return absl::OkStatus();
  });
}

}  // namespace ff::coordinator
