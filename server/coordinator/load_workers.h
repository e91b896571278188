// Workers as users see them: what the database keeps, and what follows from the time.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/worker.h"
#include "server/storage/store.h"

namespace ff::coordinator {

// With cordons, what each holds, and whether it is alive: seen less than `patience` before `now`.
absl::StatusOr<std::vector<Worker>> LoadWorkers(storage::View& view, absl::Time now,
                                                absl::Duration patience);

}  // namespace ff::coordinator
