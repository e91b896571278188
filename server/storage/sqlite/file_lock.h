// A lock file: held by at most one process, released by the kernel when that ends.
// Thread-safe as a value that nobody changes.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace ff::storage {

class FileLock {
 public:
  // FAILED_PRECONDITION: another process (named, if it can be) holds it. PERMISSION_DENIED:
  // the file cannot be created; UNAVAILABLE: other errors of the system.
  static absl::StatusOr<std::unique_ptr<FileLock>> Take(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  const int fd_;
};

}  // namespace ff::storage
