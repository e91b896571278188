#include "server/coordinator/recent_workers.h"

#include <algorithm>

namespace ff::coordinator {
namespace {

bool Same(const Device& a, const Device& b) {
  return a.id == b.id && a.kind == b.kind && a.name == b.name && a.memory_bytes == b.memory_bytes &&
         a.slots == b.slots && a.free_slots == b.free_slots &&
         a.free_memory_bytes == b.free_memory_bytes && a.fault == b.fault;
}

bool Same(const Worker& a, const Worker& b) {
  return a.incarnation == b.incarnation && a.name == b.name && a.host == b.host &&
         a.version == b.version && a.pid == b.pid && a.labels == b.labels && a.modes == b.modes &&
         a.draining == b.draining &&
         std::equal(a.devices.begin(), a.devices.end(), b.devices.begin(), b.devices.end(),
                    [](const Device& x, const Device& y) { return Same(x, y); });
}

}  // namespace

bool RecentWorkers::Knows(const Worker& worker, int free_slots, absl::Time now) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto seen = seen_.find(worker.id);
  return seen != seen_.end() && now - seen->second.at < kLag &&
         seen->second.free_slots == free_slots && Same(seen->second.worker, worker);
}

void RecentWorkers::Note(const Worker& worker, int free_slots, absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  seen_[worker.id] = {worker, free_slots, now};
}

}  // namespace ff::coordinator
