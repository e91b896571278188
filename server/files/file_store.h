// Files named by the SHA-256 of their content, on the coordinator's disk: datasets and
// checkpoints on their way between hosts that share no file system. A file that is complete
// is whole and never changes; what broke off while it arrived is kept and taken up again.
// Thread-safe.
//
//   <path>/<first two digits>/<sha256>   complete
//   <path>/arriving/<sha256>             what has arrived so far
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace ff::files {

struct FileStatus {
  bool complete = false;
  int64_t bytes = 0;  // of the complete file, or of what has arrived
};

class FileStore {
 public:
  // Made on first use. `max_bytes`: of all files together.
  FileStore(std::string path, double max_bytes) : path_(std::move(path)), max_bytes_(max_bytes) {}

  // INVALID_ARGUMENT: not 64 lower-case hex digits. So too of the others.
  absl::StatusOr<FileStatus> GetStatus(const std::string& sha256) const;

  // At most `most` bytes from `offset` on; empty at the end. NOT_FOUND: not there, or not whole.
  absl::StatusOr<std::string> Read(const std::string& sha256, int64_t offset, int64_t most) const;

  // One upload. Destroyed before Finish, it leaves what has arrived for the next one.
  class Upload {
   public:
    ~Upload();
    Upload(const Upload&) = delete;
    absl::Status Append(absl::string_view content);
    // Flushed and renamed into place. DATA_LOSS: the content does not have that hash, or is not as
    // long as was said; it is thrown away.
    absl::Status Finish();

   private:
    friend class FileStore;
    Upload(FileStore* store, std::string sha256, int fd, int64_t arrived, int64_t bytes)
        : store_(store), sha256_(std::move(sha256)), fd_(fd), arrived_(arrived), bytes_(bytes) {}
    FileStore* const store_;
    const std::string sha256_;
    int fd_;
    int64_t arrived_;
    const int64_t bytes_;
  };
  // OUT_OF_RANGE: `offset` is not what has arrived. ALREADY_EXISTS: it is there. ABORTED: somebody
  // else is bringing it. RESOURCE_EXHAUSTED: beyond max_bytes, or the disk is full.
  absl::StatusOr<std::unique_ptr<Upload>> Begin(const std::string& sha256, int64_t offset,
                                                int64_t bytes);

  // Removes files that are not among `wanted` and were not touched since `before`.
  absl::Status RemoveUnwanted(const std::vector<std::string>& wanted, absl::Time before);

  // Where a passing file of another kind may lie (a backup on its way); made.
  absl::StatusOr<std::string> PassingFolder() const;

 private:
  std::string Place(const std::string& sha256) const;
  std::string Arriving(const std::string& sha256) const;
  double Bytes() const;

  const std::string path_;
  const double max_bytes_;
  std::mutex mutex_;
  std::set<std::string> arriving_;  // guarded by mutex_
};

}  // namespace ff::files
