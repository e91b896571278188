// SHA-256 of a file. Thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace ff::files {

// 64 lower-case hex digits. NOT_FOUND, UNAVAILABLE: it cannot be read, and why.
absl::StatusOr<std::string> Sha256OfFile(const std::string& path);

}  // namespace ff::files
