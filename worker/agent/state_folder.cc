#include "worker/agent/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "conf/load/logging.h"
#include "worker/checkpoint/durable.h"

namespace ff::agent {
namespace {

absl::Status LockedBy(const std::string& path, const std::string& lock) {
  const absl::StatusOr<std::string> pid = checkpoint::ReadFile(lock);
  return absl::AlreadyExistsError(absl::StrCat(
      "another ff-worker (pid ", pid.ok() ? absl::StripAsciiWhitespace(*pid) : "?", ") works in ",
      path, "; stop it, or give this one a folder of its own with ", "paths.state=FOLDER"));
}

// What experiments left for others that never came, or came elsewhere.
constexpr std::chrono::hours kTrunkAge{24 * 14};

void SweepTrunks(const std::string& folder) {
  const absl::StatusOr<std::vector<std::string>> names = checkpoint::ListFolder(folder);
  if (!names.ok()) return;  // there are none
  for (const std::string& name : *names) {
    const std::filesystem::path trunk = std::filesystem::path(folder) / name;
    std::error_code error;
    // Each state is a new entry of this folder.
    const auto changed = std::filesystem::last_write_time(trunk / "states", error);
    if (error || std::filesystem::file_time_type::clock::now() - changed < kTrunkAge) continue;
    if (absl::Status removed = checkpoint::RemoveFolder(trunk.string()); !removed.ok()) {
      conf::LogWarning(std::string(removed.message()));
    }
  }
}

}  // namespace

std::string RandomId() {
  std::random_device random;
  const uint64_t high = random(), low = random();
  return absl::StrFormat("%08x%08x", high & 0xffffffff, low & 0xffffffff);
}

absl::StatusOr<std::unique_ptr<StateFolder>> StateFolder::Open(const std::string& path) {
  const std::string folder = std::filesystem::absolute(path).lexically_normal().string();
  if (absl::Status made = checkpoint::MakeFolder(folder); !made.ok()) return made;
  const std::string lock = folder + "/lock";
  const int fd = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return checkpoint::IoError("opening", lock, errno);
  std::unique_ptr<StateFolder> state(new StateFolder(folder, fd));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? LockedBy(folder, lock)
                                : checkpoint::IoError("locking", lock, errno);
  }
  const std::string pid = absl::StrCat(getpid(), "\n");
  const auto size = static_cast<ssize_t>(pid.size());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) != size) {
    return checkpoint::IoError("writing", lock, errno);
  }
  if (absl::Status known = state->ReadOrMakeWorkerId(); !known.ok()) return known;
  SweepTrunks(state->trunks());
  return state;
}

StateFolder::~StateFolder() { close(lock_fd_); }

absl::Status StateFolder::ReadOrMakeWorkerId() {
  const std::string file = path_ + "/worker_id";
  const absl::StatusOr<std::string> text = checkpoint::ReadFile(file);
  if (!text.ok() && !absl::IsNotFound(text.status())) return text.status();
  if (text.ok()) worker_id_ = std::string(absl::StripAsciiWhitespace(*text));
  if (!worker_id_.empty()) return absl::OkStatus();
  worker_id_ = RandomId();
  return checkpoint::WriteFileDurably(file, worker_id_ + "\n");
}

double StateFolder::FreeBytes() const {
  struct statvfs disk = {};
  if (statvfs(path_.c_str(), &disk) != 0) return -1;
  return static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
}

}  // namespace ff::agent
