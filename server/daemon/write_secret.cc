#include "server/daemon/write_secret.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace ff::daemon {

absl::Status WriteSecret(const std::string& path, const std::string& text) {
  const std::string fresh = absl::StrCat(path, ".", getpid(), ".tmp");
  unlink(fresh.c_str());
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  const bool written = fd >= 0 &&
                       write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       fsync(fd) == 0;
  int error = errno;
  if (fd >= 0) close(fd);
  if (written && rename(fresh.c_str(), path.c_str()) == 0) return absl::OkStatus();
  if (written) error = errno;
  unlink(fresh.c_str());
  return absl::UnavailableError(absl::StrCat("cannot write ", path, ": ", strerror(error)));
}

}  // namespace ff::daemon
