// What a caller asks for as what the store is asked. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/coordinator/coordinator.h"
#include "server/storage/store.h"

namespace ff::coordinator {

// INVALID_ARGUMENT: the filter or sort can't be read; a negative limit or offset.
absl::StatusOr<storage::ExperimentFilter> FilterOf(const std::string& sweep_id,
                                                   const ExperimentQuery& query);

}  // namespace ff::coordinator
