// ffctl plan --next: the experiments that would tell most about the law, asked from the
// coordinator, shown, and written as a preset that can be trained as it is.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "client/command.h"
#include "client/session.h"

namespace ff::client {

std::vector<Flag> NextFlags();

// Writes outputs/next.yaml (or --write PATH): the sweep's own configuration with the new cells.
absl::StatusOr<Exit> PlanNext(Session& session, const Arguments& arguments);

}  // namespace ff::client
