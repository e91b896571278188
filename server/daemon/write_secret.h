// A file that its owner alone may read. Pure but for that file.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace ff::daemon {

// Takes the place of what is at `path`, in one step; never readable by others, not even meanwhile.
// UNAVAILABLE: it can't be written.
absl::Status WriteSecret(const std::string& path, const std::string& text);

}  // namespace ff::daemon
