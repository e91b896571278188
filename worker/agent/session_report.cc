// Session: what the coordinator is told.
#include <unistd.h>

#include <algorithm>

#include "conf/load/logging.h"
#include "worker/agent/session.h"

namespace ff::agent {
namespace {

// Some 100 bytes each; a server takes 4 MiB at once.
constexpr int kMeasurementsInACall = 10000;

}  // namespace

v1::SynchronizeRequest Session::MakeRequest() {
  v1::SynchronizeRequest request;
  request.set_worker_id(state_.worker_id());
  request.set_incarnation(incarnation_);
  request.set_name(settings_.name), request.set_host(settings_.host);
  request.set_pid(getpid()), request.set_version(settings_.version);
  for (const v1::Device& device : devices_.devices) *request.add_devices() = device;
  request.set_free_slots(FreeSlots());
  int room = kMeasurementsInACall;
  for (const std::unique_ptr<Attempt>& attempt : attempts_) {
    *request.add_attempts() = attempt->MakeReport(room);
    room = std::max(room - request.attempts().rbegin()->measurements_size(), 0);
  }
  next_sync_ = absl::InfiniteFuture();  // until something notable happens, or the answer
  return request;
}

int Session::FreeSlots() {
  if (draining_ || DiskIsLow()) return 0;
  const auto free =
      std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.free(); });
  const auto waiting = std::count_if(attempts_.begin(), attempts_.end(), [](const auto& attempt) {
    return attempt->state() == Attempt::State::kWaiting;
  });
  return static_cast<int>(std::max<long>(free - waiting, 0));
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
