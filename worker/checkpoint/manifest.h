// The list of a checkpoint's files with lengths and SHA-256 hashes, as manifest.json
// (worker/protocol/README.md shows one). Stateless; thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ff::checkpoint {

inline constexpr char kManifestName[] = "manifest.json";

// Hashes and flushes every file of `folder`, writes and flushes manifest.json; returns its
// SHA-256. FAILED_PRECONDITION: no files, or something that is no plain file.
absl::StatusOr<std::string> WriteManifest(const std::string& folder, int64_t step);

// Compares `folder` with its manifest; returns the manifest's SHA-256. DATA_LOSS, with
// what differs: a file missing, of another length or content, or a manifest that is
// missing, unreadable or of another step.
absl::StatusOr<std::string> VerifyManifest(const std::string& folder, int64_t step);

}  // namespace ff::checkpoint
