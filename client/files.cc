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

namespace {

absl::Status WriteWhole(const std::string& path, const std::string& content, mode_t mode) {
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
  fchmod(fd, mode);
  if (close(fd) != 0 && status.ok()) status = FileError(errno, path, "write");
  if (!status.ok()) return status;
  if (rename(temporary.c_str(), path.c_str()) != 0) return FileError(errno, path, "write");
  std::move(remove_temporary).Cancel();
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteFileAtomically(const std::string& path, const std::string& content) {
  return WriteWhole(path, content, 0644);
}

// mkostemp gives the file 0600.
absl::Status WriteSecretFile(const std::string& path, const std::string& content) {
  return WriteWhole(path, content, 0600);
}

NewFile::~NewFile() {
  if (fd_ >= 0) close(fd_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

absl::Status NewFile::Open() {
  temporary_ = path_ + ".XXXXXX";
  fd_ = mkostemp(temporary_.data(), O_CLOEXEC);
  if (fd_ >= 0) return absl::OkStatus();
  const int error = errno;
  temporary_.clear();
  return FileError(error, path_, "write");
}

absl::Status NewFile::Append(const std::string& piece) {
  if (fd_ < 0) {
    if (absl::Status opened = Open(); !opened.ok()) return opened;
  }
  for (size_t written = 0; written < piece.size();) {
    const ssize_t n = write(fd_, piece.data() + written, piece.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError(errno, path_, "write");
    written += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::Status NewFile::Finish() {
  if (fd_ < 0) {
    if (absl::Status opened = Open(); !opened.ok()) return opened;
  }
  const bool flushed = fsync(fd_) == 0 && fchmod(fd_, 0644) == 0;
  const int error = errno;
  close(std::exchange(fd_, -1));
  if (!flushed) return FileError(error, path_, "write");
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return FileError(errno, path_, "write");
  temporary_.clear();
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
