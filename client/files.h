// Files that ffctl reads and writes. A file is either written completely or left as it
// was: text goes to a temporary file beside the target, is flushed to disk, then renamed.
// Thread-safe.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ff::client {

// Makes missing parent folders. RESOURCE_EXHAUSTED: disk full or quota; PERMISSION_DENIED;
// both name the path. On any error the target is untouched and nothing is left behind.
absl::Status WriteFileAtomically(const std::string& path, const std::string& content);
// The same with mode 0600 from its first byte on: for keys and tokens.
absl::Status WriteSecretFile(const std::string& path, const std::string& content);

// A file that is written piece by piece and appears under its name only when it is whole and
// on disk. Destroyed before, it leaves nothing. Errors as above. For one thread.
class NewFile {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)) {}
  ~NewFile();
  NewFile(const NewFile&) = delete;
  absl::Status Append(const std::string& piece);
  absl::Status Finish();

 private:
  absl::Status Open();
  const std::string path_;
  std::string temporary_;
  int fd_ = -1;
};

// NOT_FOUND, PERMISSION_DENIED; INVALID_ARGUMENT for a folder.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// `path` against `base` (an absolute folder) unless it is absolute; "." and ".." resolved
// in the text. An empty path stays empty.
std::string AbsolutePath(const std::string& path, const std::string& base);

}  // namespace ff::client
