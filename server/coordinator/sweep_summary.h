// A sweep as users see it: what the database keeps, and what follows from its experiments.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/sweep.h"
#include "server/storage/store.h"

namespace ff::coordinator {

// With counts, budgets, FLOPs done, throughput and ETA. NOT_FOUND.
absl::StatusOr<Sweep> LoadSweep(storage::View& view, const std::string& id);

// Fills in what LoadSweep adds.
absl::Status Summarise(storage::View& view, Sweep* sweep);

}  // namespace ff::coordinator
