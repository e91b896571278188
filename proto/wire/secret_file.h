// Files with secrets: a token, or a PEM key. What others on the host can read is refused, since it
// is no secret any more. Thread-safe.
#pragma once

#include <sys/types.h>

#include <ctime>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"

namespace ff::wire {

// The whole file. NOT_FOUND; PERMISSION_DENIED: others may read or write it, or we may not.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);
// Any file: certificates are no secrets. NOT_FOUND, UNAVAILABLE.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// A token in a file, read again whenever the file has changed.
class TokenFile {
 public:
  // As ReadSecretFile; INVALID_ARGUMENT: the file is empty.
  static absl::StatusOr<std::shared_ptr<TokenFile>> Open(const std::string& path);

  // The newest that could be read.
  std::string Get();

 private:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  std::mutex mutex_;
  std::string token_;
  timespec changed_ = {};
  ino_t inode_ = 0;
};

}  // namespace ff::wire
