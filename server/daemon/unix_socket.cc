#include "server/daemon/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace ff::daemon {
namespace {

absl::Status Failed(absl::string_view what, const std::string& path, int error) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path,
                                             " (listen.grpc): ", strerror(error),
                                             "; choose another path with listen.grpc=unix:PATH"));
}

// True where a server answers, or might: anything but a plain "nobody there".
bool SomebodyListens(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  // Non-blocking: a server whose queue is full (EAGAIN) lives.
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int error =
      connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
  close(fd);
  return error != ECONNREFUSED && error != ENOENT;
}

}  // namespace

absl::Status PrepareSocketPath(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return Failed("make the folder of", path, error.value());
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : Failed("look at", path, errno);
  }
  if (!S_ISSOCK(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path,
                     " (listen.grpc) is there already and is no socket; it was left alone. Choose "
                     "another path with listen.grpc=unix:PATH"));
  }
  if (SomebodyListens(path)) {
    return absl::FailedPreconditionError(
        absl::StrCat("another program, perhaps an ff-coordinator, listens on ", path,
                     " (listen.grpc); stop it, or choose another path with listen.grpc=unix:PATH"));
  }
  if (unlink(path.c_str()) != 0) return Failed("remove the dead socket", path, errno);
  return absl::OkStatus();
}

absl::Status MakePrivate(const std::string& path) {
  if (chmod(path.c_str(), 0600) != 0) return Failed("set the mode of", path, errno);
  return absl::OkStatus();
}

}  // namespace ff::daemon
