// Which devices this host trains on and how many experiments each takes at once. GPUs are
// learned from the hello of ff-trainer, since only it sees them as training will.
// Call from the thread that owns trainers (see ChildProcess).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "ff/v1/worker.pb.h"
#include "worker/agent/settings.h"

namespace ff::agent {

struct Devices {
  std::vector<v1::Device> devices;
  int64_t threads_per_slot = 1;
};

// FAILED_PRECONDITION: devices.kind is cuda and there is no GPU (says why). With auto, a
// trainer that is missing or does not say hello leaves the CPU alone, with a warning.
absl::StatusOr<Devices> FindDevices(const Settings& settings);

}  // namespace ff::agent
