#include "proto/wire/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace ff::wire {
namespace {

constexpr size_t kMostBytes = 1 << 20;

absl::StatusOr<std::string> Read(const std::string& path, bool secret) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const std::string text = absl::StrCat("cannot read ", path, ": ", strerror(errno));
    if (errno == ENOENT) return absl::NotFoundError(text);
    return errno == EACCES ? absl::PermissionDeniedError(text) : absl::UnavailableError(text);
  }
  struct stat file = {};
  const bool is_file = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
  if (secret && is_file && (file.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    close(fd);
    return absl::PermissionDeniedError(
        absl::StrCat(path,
                     " can be read or changed by others on this host, so it is no secret; "
                     "chmod 600 it, and have a new one made if they might have read it"));
  }
  std::string text;
  char block[4096];
  ssize_t got = 0;
  while (text.size() < kMostBytes && (got = read(fd, block, sizeof(block))) > 0) {
    text.append(block, static_cast<size_t>(got));
  }
  close(fd);
  if (got < 0) return absl::UnavailableError(absl::StrCat("cannot read ", path));
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) { return Read(path, true); }

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) { return Read(path, false); }

absl::StatusOr<std::shared_ptr<TokenFile>> TokenFile::Open(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadSecretFile(path);
  if (!text.ok()) return text.status();
  if (absl::StripAsciiWhitespace(*text).empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " holds no token"));
  }
  return std::shared_ptr<TokenFile>(new TokenFile(path));
}

std::string TokenFile::Get() {
  const std::lock_guard<std::mutex> lock(mutex_);
  struct stat file = {};
  if (stat(path_.c_str(), &file) != 0) return token_;
  const bool same = file.st_ino == inode_ && file.st_mtim.tv_sec == changed_.tv_sec &&
                    file.st_mtim.tv_nsec == changed_.tv_nsec;
  if (same) return token_;
  const absl::StatusOr<std::string> text = ReadSecretFile(path_);
  if (!text.ok()) return token_;
  token_ = std::string(absl::StripAsciiWhitespace(*text));
  changed_ = file.st_mtim;
  inode_ = file.st_ino;
  return token_;
}

}  // namespace ff::wire
