// File operations that say what failed and on which path, and that reach the disk before
// they return where their name says so. Stateless; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ff::checkpoint {

// RESOURCE_EXHAUSTED for a full disk or quota, NOT_FOUND, otherwise UNAVAILABLE:
// "writing <path>: No space left on device".
absl::Status IoError(absl::string_view doing, const std::string& path, int error);

// Writes and flushes the file; replaces what was there.
absl::Status WriteFileDurably(const std::string& path, absl::string_view content);

// Flushes a file or folder that is written already.
absl::Status Flush(const std::string& path);

absl::StatusOr<std::string> ReadFile(const std::string& path);

struct Digest {
  std::string sha256;  // 64 hex digits
  int64_t bytes = 0;
};
absl::StatusOr<Digest> DigestFile(const std::string& path);
std::string Sha256(absl::string_view content);

// Names, sorted, without "." and "..". NOT_FOUND: no such folder.
absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path);

// With everything in it; fine if it is not there.
absl::Status RemoveFolder(const std::string& path);

// With parents; fine if it is there.
absl::Status MakeFolder(const std::string& path);

}  // namespace ff::checkpoint
