// YAML of a sweep, read where the coordinator runs; what a door is given to answer ReadSpec.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "ff/v1/sweep.pb.h"

namespace ff::convert {

// Thread-safe. Errors as ReadSpec in sweep.proto.
using SpecReader =
    std::function<absl::StatusOr<v1::ReadSpecResponse>(const v1::ReadSpecRequest& request)>;

}  // namespace ff::convert
