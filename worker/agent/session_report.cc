// Session: what the coordinator is told.
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "conf/load/logging.h"
#include "worker/agent/process_usage.h"
#include "worker/agent/session.h"

namespace ff::agent {
namespace {

// Some 100 bytes each; a server takes 4 MiB at once.
constexpr int kMeasurementsInACall = 10000;

bool HasMember(const v1::Device& device, int gpu) {
  const std::vector<std::string> members = MembersOf(device);
  return std::find(members.begin(), members.end(), absl::StrCat("cuda:", gpu)) != members.end();
}

double Cores() { return std::max(1u, std::thread::hardware_concurrency()); }

}  // namespace

v1::SynchronizeRequest Session::MakeRequest() {
  v1::SynchronizeRequest request;
  request.set_worker_id(state_.worker_id());
  request.set_incarnation(incarnation_);
  request.set_name(settings_.name), request.set_host(settings_.host);
  request.set_pid(getpid()), request.set_version(settings_.version);
  LookForFaults();
  const int free = FreeSlots();
  request.set_free_slots(free);
  DescribeDevices(request, free);
  request.set_draining(draining_);
  *request.mutable_labels() = {settings_.labels.begin(), settings_.labels.end()};
  for (const std::string& mode : ModesOf(settings_)) request.add_modes(mode);
  int room = kMeasurementsInACall;
  for (const std::unique_ptr<Attempt>& attempt : attempts_) {
    *request.add_attempts() = attempt->MakeReport(room);
    room = std::max(room - request.attempts().rbegin()->measurements_size(), 0);
  }
  DescribeUsage(request);
  next_sync_ = absl::InfiniteFuture();  // until something notable happens, or the answer
  return request;
}

int Session::FreeSlots() {
  if (draining_ || DiskIsLow()) return 0;
  auto free = std::count_if(slots_.begin(), slots_.end(),
                            [&](const Slot& slot) { return slot.free() && Usable(slot); });
  // Where sizes decide how many fit, one at a time for each device that has room: nobody knows
  // how large the next will be, and others may be idle.
  if (settings_.gpu_slots == 0) {
    for (const v1::Device& device : devices_.devices) {
      if (device.kind() != "cuda") continue;
      const auto here = std::count_if(slots_.begin(), slots_.end(), [&](const Slot& slot) {
        return slot.free() && Usable(slot) && slot.device_id() == device.id();
      });
      const bool room = here > 0 && FreeShare(device.id()) >= 1.0 / device.slots() - 1e-9;
      free -= here - (room ? 1 : 0);
    }
  }
  const auto waiting = std::count_if(attempts_.begin(), attempts_.end(), [](const auto& attempt) {
    return attempt->state() == Attempt::State::kWaiting;
  });
  const long bound = settings_.max_experiments > 0 ? settings_.max_experiments - taken_ : free;
  return static_cast<int>(std::max<long>(std::min(free - waiting, bound), 0));
}

bool Session::Usable(const Slot& slot) const {
  return std::none_of(devices_.devices.begin(), devices_.devices.end(),
                      [&](const v1::Device& device) {
                        return device.id() == slot.device_id() && !device.fault().empty();
                      });
}

// What of each device is free: slots less those that leases wait for, memory less what the plans
// on it are expected to take.
void Session::DescribeDevices(v1::SynchronizeRequest& request, int free) {
  const auto conditions = nvml_ == nullptr ? std::map<int, Nvml::Condition>() : nvml_->Conditions();
  for (const v1::Device& device : devices_.devices) {
    v1::Device& described = *request.add_devices();
    described = device;
    int slots = 0;
    double memory = device.memory_bytes();
    for (const Slot& slot : slots_) {
      if (slot.device_id() == device.id() && slot.free()) ++slots;
    }
    for (const std::unique_ptr<Attempt>& attempt : attempts_) {
      const bool on_it =
          attempt->lease().device_id() == device.id() || devices_.devices.size() == 1;
      if (attempt->final() || !on_it) continue;
      memory -= attempt->lease().plan().estimated_memory_bytes();
      if (attempt->state() == Attempt::State::kWaiting) --slots;
    }
    described.set_free_slots(device.fault().empty() && free > 0 ? std::max(slots, 0) : 0);
    described.set_free_memory_bytes(std::max(memory, 0.0));
    for (const auto& [number, condition] : conditions) {  // of several the hottest, the busiest
      if (!HasMember(device, number)) continue;
      described.set_temperature_celsius(
          std::max(described.temperature_celsius(), condition.temperature_celsius));
      described.set_utilization(std::max(described.utilization(), condition.utilization));
    }
  }
}

// What each attempt takes of its device, by the driver or by its trainer's process.
void Session::DescribeUsage(v1::SynchronizeRequest& request) {
  const absl::Time now = absl::Now();
  absl::flat_hash_map<int64_t, CpuUse> before = std::move(cpu_use_);
  cpu_use_.clear();
  const auto conditions = nvml_ == nullptr ? std::map<int, Nvml::Condition>() : nvml_->Conditions();
  for (v1::AttemptReport& report : *request.mutable_attempts()) {
    for (const auto& [number, condition] : conditions) {
      if (report.device_id() != absl::StrCat("cuda:", number)) continue;
      report.set_memory_bytes(condition.memory_bytes);
      report.set_utilization(condition.utilization);
    }
    const auto slot = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& one) {
      return one.attempt() != nullptr && one.attempt()->id() == report.attempt_id();
    });
    if (slot == slots_.end() || slot->device_kind() != "cpu") continue;
    const std::optional<ProcessUsage> usage = ReadUsage(slot->trainer_pid());
    if (!usage.has_value()) continue;
    CpuUse use{now, usage->cpu_seconds, 0};
    if (const auto last = before.find(report.attempt_id()); last != before.end()) {
      // Ticks of 10 ms say nothing over moments.
      const double seconds = absl::ToDoubleSeconds(now - last->second.at);
      use = seconds < 0.5 ? last->second : use;
      if (seconds >= 0.5)
        use.share = (usage->cpu_seconds - last->second.seconds) / seconds / Cores();
    }
    cpu_use_[report.attempt_id()] = use;
    report.set_memory_bytes(usage->resident_bytes);
    report.set_utilization(std::clamp(use.share, 0.0, 1.0));
  }
}

void Session::LookForFaults() {
  if (nvml_ == nullptr) return;
  for (const auto& [number, fault] : nvml_->Faults()) {
    for (v1::Device& device : devices_.devices) {
      if (!HasMember(device, number) || !device.fault().empty()) continue;
      conf::LogError(device.id(), " is used no more: ", fault);
      device.set_fault(fault);
    }
  }
}

bool Session::DiskIsLow() {
  const double free = state_.FreeBytes();
  const bool low = free >= 0 && free < settings_.min_free_bytes;
  if (low && !disk_low_) {
    conf::LogWarning("the disk of ", state_.path(), " has ", free / 1e9, " GB left, less than ",
                     "disk.min_free_bytes (", settings_.min_free_bytes / 1e9,
                     " GB): taking no new experiments until there is more");
  }
  if (!low && disk_low_) conf::LogInfo("the disk of ", state_.path(), " has room again");
  disk_low_ = low;
  return low;
}

}  // namespace ff::agent
