#include "worker/checkpoint/trunk_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "worker/checkpoint/durable.h"

namespace ff::checkpoint {
namespace {

// Waits for the lock; it is given back when the object goes.
class Lock {
 public:
  static absl::StatusOr<Lock> Take(const std::string& folder) {
    if (absl::Status made = MakeFolder(folder); !made.ok()) return made;
    const std::string path = folder + "/lock";
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return IoError("opening", path, errno);
    Lock lock(fd);
    while (flock(fd, LOCK_EX) != 0) {
      if (errno != EINTR) return IoError("locking", path, errno);
    }
    return lock;
  }
  Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Lock() {
    if (fd_ >= 0) close(fd_);
  }

 private:
  explicit Lock(int fd) : fd_(fd) {}
  int fd_;
};

std::string States(const std::string& path) { return path + "/states"; }
std::string Mark(const std::string& path, int64_t step) {
  return absl::StrCat(path, "/done_", step);
}
bool Exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

absl::StatusOr<Found> TrunkDir::Newest(int64_t most_steps) const {
  if (path_.empty()) return Found{};
  return CheckpointDir(States(path_), CheckpointDir::kKeepAll).LatestGood(most_steps);
}

absl::Status TrunkDir::Add(int64_t step,
                           const std::function<absl::Status(const std::string&)>& fill) const {
  if (path_.empty()) return absl::OkStatus();
  const absl::StatusOr<Lock> lock = Lock::Take(path_);
  if (!lock.ok()) return lock.status();
  const absl::StatusOr<Found> newest = Newest(step);
  if (!newest.ok()) return newest.status();
  if (newest->newest.has_value() && newest->newest->step == step) return absl::OkStatus();
  CheckpointDir states(States(path_), CheckpointDir::kKeepAll);
  const absl::StatusOr<std::string> folder = states.Begin(step);
  if (!folder.ok()) return folder.status();
  if (absl::Status filled = fill(*folder); !filled.ok()) {
    states.Abandon(step).IgnoreError();  // the first error is the one that explains
    return filled;
  }
  return states.Commit(step).status();
}

absl::Status TrunkDir::Done(int64_t step, const std::vector<int64_t>& branches) const {
  if (path_.empty()) return absl::OkStatus();
  const absl::StatusOr<Lock> lock = Lock::Take(path_);
  if (!lock.ok()) return lock.status();
  if (absl::Status marked = WriteFileDurably(Mark(path_, step), ""); !marked.ok()) return marked;
  for (const int64_t branch : branches) {
    if (!Exists(Mark(path_, branch))) return absl::OkStatus();
  }
  return RemoveFolder(path_);
}

}  // namespace ff::checkpoint
