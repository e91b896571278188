// The file of a Unix socket: cleared away when its server has died, private to its owner.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace ff::daemon {

// Makes room for a server at `path`: creates its folder, removes a socket that nobody
// listens on. FAILED_PRECONDITION: somebody does, or `path` is something other than a
// socket. UNAVAILABLE: folder or socket cannot be made or removed.
absl::Status PrepareSocketPath(const std::string& path);

// Only the owner may connect. UNAVAILABLE: the mode cannot be set.
absl::Status MakePrivate(const std::string& path);

}  // namespace ff::daemon
