#include "server/coordinator/system_sampler.h"

#include <algorithm>

namespace ff::coordinator {
namespace {

constexpr absl::Duration kShortest = absl::Seconds(10);
constexpr int kOfAge = 500;
// An attempt that is silent for so long is another worker's by now.
constexpr absl::Duration kSilence = absl::Minutes(10);

const Device* DeviceOf(const Worker& worker, const AttemptReport& attempt) {
  for (const Device& device : worker.devices) {
    if (device.id == attempt.device_id) return &device;
  }
  return nullptr;
}

}  // namespace

std::vector<SystemSample> SystemSampler::Take(const WorkerReport& report, absl::Time now) {
  std::vector<SystemSample> due;
  std::lock_guard<std::mutex> lock(mutex_);
  for (const AttemptReport& attempt : report.attempts) {
    const bool runs = attempt.state == "running";
    const Device* device = DeviceOf(report.worker, attempt);
    const double heat = device == nullptr ? 0 : device->temperature_celsius;
    if (runs && (attempt.memory_bytes > 0 || attempt.utilization > 0 || heat > 0)) {
      Sum& sum = sums_.try_emplace(attempt.attempt_id, Sum{now, now, now}).first->second;
      sum.heard = now;
      ++sum.reports;
      sum.utilization += attempt.utilization;
      sum.tokens_per_second += attempt.tokens_per_second;
      sum.memory_bytes = std::max(sum.memory_bytes, attempt.memory_bytes);
      sum.temperature_celsius = std::max(sum.temperature_celsius, heat);
    }
    const auto found = sums_.find(attempt.attempt_id);
    if (found == sums_.end()) continue;
    Sum& sum = found->second;
    const absl::Duration interval = std::max(kShortest, (now - sum.first) / kOfAge);
    if (sum.reports > 0 && (!runs || now - sum.since >= interval)) {
      due.push_back({attempt.attempt_id, now, attempt.device_id, sum.memory_bytes,
                     sum.temperature_celsius, sum.utilization / sum.reports,
                     sum.tokens_per_second / sum.reports});
      sum = Sum{sum.first, now, now};
    }
    if (!runs) sums_.erase(found);
  }
  Forget(now);
  return due;
}

void SystemSampler::Forget(absl::Time now) {
  if (now - forgot_ < kSilence) return;
  forgot_ = now;
  std::erase_if(sums_, [&](const auto& one) { return now - one.second.heard > kSilence; });
}

}  // namespace ff::coordinator
