// Files named by their SHA-256, to and from the coordinator's store (files.proto), in chunks,
// taken up again where they broke off. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ff/v1/files.grpc.pb.h"

namespace ff::transfer {

struct FileDigest {
  std::string sha256;  // 64 lower-case hex digits
  int64_t bytes = 0;
};
// NOT_FOUND, UNAVAILABLE: it cannot be read.
absl::StatusOr<FileDigest> DigestOf(const std::string& path);

// Brings the file to the store; nothing is sent where it is there already. `stop`, once true, ends
// with CANCELLED. UNAVAILABLE: the way broke off; call again to go on. RESOURCE_EXHAUSTED: the
// store is full. The file must not change meanwhile (DATA_LOSS).
absl::Status Send(v1::FileService::StubInterface& store, const std::string& path,
                  const FileDigest& digest, const std::atomic<bool>& stop);

// Fetches the file to `path`; what has arrived so far lies at `path`.part. NOT_FOUND: the store
// does not have it. DATA_LOSS: what arrived has another hash; it was thrown away. Others as Send.
absl::Status Fetch(v1::FileService::StubInterface& store, const std::string& sha256,
                   const std::string& path, const std::atomic<bool>& stop);

}  // namespace ff::transfer
