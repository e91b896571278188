#include "server/daemon/free_space.h"

#include <sys/statvfs.h>

#include <utility>

#include "conf/load/logging.h"

namespace ff::daemon {

FreeSpace::FreeSpace(std::string path, double min_bytes)
    : path_(std::move(path)), min_bytes_(min_bytes) {}

bool FreeSpace::Enough(absl::Time now) {
  if (min_bytes_ <= 0) return true;
  const int64_t second = absl::ToUnixSeconds(now);
  if (looked_second_.exchange(second) == second) return enough_;
  struct statvfs disk = {};
  if (statvfs(path_.c_str(), &disk) != 0) return enough_;
  const double free = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
  const bool enough = free >= min_bytes_;
  if (enough_.exchange(enough) == enough) return enough;
  if (enough) {
    conf::LogInfo("the disk of ", path_, " has room again: giving out work");
  } else {
    conf::LogWarning("the disk of ", path_, " has ", free / 1e9,
                     " GB left, less than database.min_free_bytes (", min_bytes_ / 1e9,
                     " GB): nothing new is started until there is more");
  }
  return enough;
}

}  // namespace ff::daemon
