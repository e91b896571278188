// Which devices this host trains on and how many experiments each takes at once. GPUs are
// learned from the hello of ff-trainer, since only it sees them as training will.
// Call from the thread that owns trainers (see ChildProcess).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ff/v1/worker.pb.h"
#include "worker/agent/settings.h"

namespace ff::agent {

// With devices.per_experiment above 1 a device is a group of GPUs that train together: its id lists
// theirs ("cuda:0,cuda:1"), its memory is that of the smallest, and it takes one experiment at a
// time. GPUs left over by the division are not used. Of a CPU: a group of processes ("cpu,cpu").
struct Devices {
  std::vector<v1::Device> devices;
  int64_t threads_per_slot = 1;
};

// FAILED_PRECONDITION: devices.kind is cuda and there is no GPU (says why). With auto, a
// trainer that is missing or does not say hello leaves the CPU alone, with a warning.
absl::StatusOr<Devices> FindDevices(const Settings& settings);

// GPUs in groups of `per_experiment`. FAILED_PRECONDITION: there are fewer.
absl::StatusOr<std::vector<v1::Device>> InGroups(const std::vector<v1::Device>& gpus,
                                                 int per_experiment);

// The devices that one stands for.
std::vector<std::string> MembersOf(const v1::Device& device);

}  // namespace ff::agent
