// The current law of a sweep.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/fit.h"
#include "server/storage/store.h"

namespace ff::coordinator {

// NOT_FOUND, with the command that makes one.
absl::StatusOr<Fit> NewestFit(storage::View& view, const std::string& sweep_id);

// The NOT_FOUND of it.
absl::Status NoFitYet(const std::string& sweep_id);

}  // namespace ff::coordinator
