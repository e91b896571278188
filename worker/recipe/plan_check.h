// Whether a plan can be trained: its shape is a transformer's, its counts agree with each
// other and with the tensors it names, its words are known. Pure; thread-safe.
#pragma once

#include "absl/status/status.h"
#include "worker/protocol/plan.h"

namespace ff::recipe {

// INVALID_ARGUMENT: names the fields, their values and what they should be.
absl::Status CheckPlan(const protocol::Plan& plan);

}  // namespace ff::recipe
