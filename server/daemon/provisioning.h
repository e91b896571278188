// Worker jobs of Slurm, from the configuration: paths found and made absolute, the address checked
// for being one that a job can call.
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ff/v1/config.pb.h"
#include "server/daemon/settings.h"

namespace ff::daemon {

// None where provisioner is off. `settings`: its address and database are set. INVALID_ARGUMENT:
// min above max, an address without a definite host and port, a job script that is not there.
absl::StatusOr<std::optional<Provisioning>> MakeProvisioning(const v1::CoordinatorConfig& config,
                                                             const Settings& settings);

// Makes the folder of logs and state. UNAVAILABLE.
absl::Status PrepareFolder(const Provisioning& provisioning);

}  // namespace ff::daemon
