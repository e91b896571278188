// Whether a disk still has room for new work. Looks at most once a second, so that every call
// can ask; says in the log when that changes. Thread-safe.
#pragma once

#include <atomic>
#include <string>

#include "absl/time/time.h"

namespace ff::daemon {

class FreeSpace {
 public:
  // `path`: a file or folder on the disk. `min_bytes` 0: always enough.
  FreeSpace(std::string path, double min_bytes);

  // True also where the system cannot say.
  bool Enough(absl::Time now);

 private:
  const std::string path_;
  const double min_bytes_;
  std::atomic<int64_t> looked_second_ = 0;
  std::atomic<bool> enough_ = true;
};

}  // namespace ff::daemon
