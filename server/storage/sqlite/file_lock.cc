#include "server/storage/sqlite/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace ff::storage {
namespace {

std::string HolderOf(int fd) {
  char text[32] = {};
  const ssize_t size = pread(fd, text, sizeof(text) - 1, 0);
  const absl::string_view pid =
      absl::StripAsciiWhitespace(absl::string_view(text, size < 0 ? 0 : size));
  return pid.empty() ? "another process" : absl::StrCat("process ", pid);
}

absl::Status CannotOpen(const std::string& path) {
  const std::string text =
      absl::StrCat("cannot create the lock file ", path, ": ", std::strerror(errno),
                   "; check that its folder exists and is writable for this user");
  const bool denied = errno == EACCES || errno == EPERM || errno == EROFS || errno == ENOENT ||
                      errno == ENOTDIR || errno == EISDIR;
  return denied ? absl::PermissionDeniedError(text) : absl::UnavailableError(text);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileLock>> FileLock::Take(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return CannotOpen(path);
  std::unique_ptr<FileLock> lock(new FileLock(fd));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return absl::UnavailableError(absl::StrCat("cannot lock ", path, ": ", std::strerror(errno)));
    }
    return absl::FailedPreconditionError(
        absl::StrCat("the database is in use by ", HolderOf(fd), " (it holds ", path,
                     "); stop that coordinator, or give this one another database path"));
  }
  // The number only serves the message above: a disk too full for it is no reason to stop.
  const std::string pid = absl::StrCat(getpid(), "\n");
  if (ftruncate(fd, 0) == 0) (void)!pwrite(fd, pid.data(), pid.size(), 0);
  return lock;
}

FileLock::~FileLock() { close(fd_); }

}  // namespace ff::storage
