// Following a sweep until nothing of it can run any more: progress on standard error,
// patience with a coordinator that is away, and a private one that died started again.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/local/local_coordinator.h"
#include "client/session.h"

namespace ff::client {

struct Followed {
  v1::Sweep sweep;        // as last seen
  bool detached = false;  // ^C; the sweep goes on
};

// Returns when the sweep is finished or cancelled, or on ^C. NOT_FOUND and other errors
// that waiting does not heal; FAILED_PRECONDITION when the private pair keeps dying.
absl::StatusOr<Followed> FollowSweep(Session& session, const std::string& sweep,
                                     const PairSettings& settings);

}  // namespace ff::client
