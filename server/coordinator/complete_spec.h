// What of a spec only the database can say: the law of an earlier sweep, the memory that the
// workers known have. Pure but for the view it reads.
#pragma once

#include "absl/status/status.h"
#include "server/domain/sweep.h"
#include "server/storage/store.h"

namespace ff::coordinator {

// Replaces prior.sweep by the power law of that sweep's newest fit (prior.origin says whose).
// NOT_FOUND: no such sweep, or it has no fit yet.
absl::Status LookUpPrior(storage::View& view, SweepSpec* spec);

// Bytes that a trainer has on the largest device that may run the recipe, over all workers
// known, alive or not (so that a plan doesn't change with who happens to be up). A device's
// memory is divided by its slots. 0: no such device, or mode synthetic, which needs none.
absl::StatusOr<double> LargestDeviceMemory(storage::View& view, const Plan& recipe);

// cuda where any worker known has a GPU that the recipe may use, else cpu; empty: no worker is
// known and the recipe leaves the device open.
absl::StatusOr<std::string> DeviceKind(storage::View& view, const Plan& recipe);

}  // namespace ff::coordinator
