#include "client/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace ff::client {
namespace {

absl::Status FileError(int error, const std::string& path, const std::string& verb) {
  absl::Status status = absl::ErrnoToStatus(error, absl::StrCat("cannot ", verb, " ", path));
  if (error == EDQUOT) {
    return absl::ResourceExhaustedError(status.message());
  }
  return status;
}

absl::Status WriteAll(int fd, const std::string& content, const std::string& path) {
  size_t written = 0;
  while (written < content.size()) {
    const ssize_t n = write(fd, content.data() + written, content.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError(errno, path, "write");
    written += static_cast<size_t>(n);
  }
  // Some file systems report a full disk only here.
  if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS) return FileError(errno, path, "write");
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteFileAtomically(const std::string& path, const std::string& content) {
  const std::filesystem::path target(path);
  std::error_code error;
  if (target.has_parent_path()) std::filesystem::create_directories(target.parent_path(), error);
  if (error) return FileError(error.value(), target.parent_path().string(), "make folder");
  if (std::filesystem::is_directory(target, error)) return FileError(EISDIR, path, "write");
  std::string temporary = path + ".XXXXXX";
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return FileError(errno, path, "write");
  auto remove_temporary = absl::MakeCleanup([&] { unlink(temporary.c_str()); });
  absl::Status status = WriteAll(fd, content, path);
  fchmod(fd, 0644);
  if (close(fd) != 0 && status.ok()) status = FileError(errno, path, "write");
  if (!status.ok()) return status;
  if (rename(temporary.c_str(), path.c_str()) != 0) return FileError(errno, path, "write");
  std::move(remove_temporary).Cancel();
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(path + " is a folder, not a file");
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return FileError(errno == 0 ? EIO : errno, path, "read");
  std::ostringstream content;
  content << stream.rdbuf();
  if (stream.bad()) return FileError(EIO, path, "read");
  return std::move(content).str();
}

std::string AbsolutePath(const std::string& path, const std::string& base) {
  if (path.empty()) return path;
  return (std::filesystem::path(base) / path).lexically_normal().string();
}

}  // namespace ff::client
