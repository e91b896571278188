#include "server/files/file_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/files/sha256.h"

namespace ff::files {
namespace {

namespace fs = std::filesystem;

absl::Status CheckName(const std::string& sha256) {
  const bool hex = std::all_of(sha256.begin(), sha256.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (hex && sha256.size() == 64) return absl::OkStatus();
  return absl::InvalidArgumentError("a file is named by 64 lower-case hex digits of its SHA-256");
}

absl::Status IoError(const std::string& doing, const std::string& path) {
  const int error = errno;
  const std::string text = absl::StrCat(doing, " ", path, ": ", strerror(error));
  if (error == ENOSPC || error == EDQUOT) {
    return absl::ResourceExhaustedError(absl::StrCat(text, "; free some disk space"));
  }
  return error == ENOENT ? absl::NotFoundError(text) : absl::UnavailableError(text);
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("making the folder ", path, ": ", error.message()));
}

absl::Status FlushFolder(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool flushed = fd >= 0 && fsync(fd) == 0;
  absl::Status status = flushed ? absl::OkStatus() : IoError("flushing", path);
  if (fd >= 0) close(fd);
  return status;
}

int64_t SizeOf(const std::string& path) {
  struct stat file = {};
  return stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) ? file.st_size : -1;
}

}  // namespace

std::string FileStore::Place(const std::string& sha256) const {
  return absl::StrCat(path_, "/", sha256.substr(0, 2), "/", sha256);
}

std::string FileStore::Arriving(const std::string& sha256) const {
  return absl::StrCat(path_, "/arriving/", sha256);
}

absl::StatusOr<FileStatus> FileStore::GetStatus(const std::string& sha256) const {
  if (absl::Status status = CheckName(sha256); !status.ok()) return status;
  const int64_t whole = SizeOf(Place(sha256));
  if (whole >= 0) {
    // Asked for: not to be removed in the next moment.
    utimensat(AT_FDCWD, Place(sha256).c_str(), nullptr, 0);
    return FileStatus{true, whole};
  }
  return FileStatus{false, std::max<int64_t>(SizeOf(Arriving(sha256)), 0)};
}

absl::StatusOr<std::string> FileStore::Read(const std::string& sha256, int64_t offset,
                                            int64_t most) const {
  if (absl::Status status = CheckName(sha256); !status.ok()) return status;
  if (offset < 0 || most < 0) return absl::InvalidArgumentError("offset must not be negative");
  const std::string path = Place(sha256);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return IoError("opening", path);
  std::string content(static_cast<size_t>(most), '\0');
  ssize_t got = 0;
  do {
    got = pread(fd, content.data(), content.size(), offset);
  } while (got < 0 && errno == EINTR);
  absl::Status status = got < 0 ? IoError("reading", path) : absl::OkStatus();
  close(fd);
  if (!status.ok()) return status;
  content.resize(static_cast<size_t>(got));
  return content;
}

double FileStore::Bytes() const {
  double bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(path_, error)) {
    std::error_code gone;
    if (entry.is_regular_file(gone)) bytes += static_cast<double>(entry.file_size(gone));
  }
  return bytes;
}

absl::StatusOr<std::unique_ptr<FileStore::Upload>> FileStore::Begin(const std::string& sha256,
                                                                    int64_t offset, int64_t bytes) {
  absl::StatusOr<FileStatus> status = GetStatus(sha256);
  if (!status.ok()) return status.status();
  if (status->complete) return absl::AlreadyExistsError(absl::StrCat(sha256, " is there"));
  if (status->bytes != offset || bytes < offset) {
    return absl::OutOfRangeError(
        absl::StrCat(status->bytes, " bytes of ", sha256, " have arrived, not ", offset));
  }
  if (Bytes() + static_cast<double>(bytes - offset) > max_bytes_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the coordinator's files would exceed files.max_bytes (", max_bytes_ / 1e9,
                     " GB); raise it, or end sweeps whose data is still kept"));
  }
  if (absl::Status made = MakeFolder(path_ + "/arriving"); !made.ok()) return made;
  std::lock_guard<std::mutex> lock(mutex_);
  if (arriving_.count(sha256) > 0) {
    return absl::AbortedError(absl::StrCat(sha256, " is being brought by somebody else"));
  }
  const std::string path = Arriving(sha256);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return IoError("opening", path);
  arriving_.insert(sha256);
  return std::unique_ptr<Upload>(new Upload(this, sha256, fd, offset, bytes));
}

FileStore::Upload::~Upload() {
  if (fd_ >= 0) close(fd_);
  std::lock_guard<std::mutex> lock(store_->mutex_);
  store_->arriving_.erase(sha256_);
}

absl::Status FileStore::Upload::Append(absl::string_view content) {
  while (!content.empty()) {
    const ssize_t wrote = write(fd_, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return IoError("writing", store_->Arriving(sha256_));
    content.remove_prefix(static_cast<size_t>(wrote));
    arrived_ += wrote;
  }
  return absl::OkStatus();
}

absl::Status FileStore::Upload::Finish() {
  const std::string from = store_->Arriving(sha256_), to = store_->Place(sha256_);
  const bool flushed = fsync(fd_) == 0;
  close(std::exchange(fd_, -1));
  if (!flushed) return IoError("flushing", from);
  const absl::StatusOr<std::string> hash = Sha256OfFile(from);
  if (!hash.ok()) return hash.status();
  if (arrived_ != bytes_ || *hash != sha256_) {
    std::error_code error;
    fs::remove(from, error);
    return absl::DataLossError(absl::StrCat("what arrived as ", sha256_, " is ", arrived_,
                                            " bytes with the hash ", *hash,
                                            "; it was thrown away, send it again"));
  }
  const std::string folder = fs::path(to).parent_path().string();
  if (absl::Status made = MakeFolder(folder); !made.ok()) return made;
  if (rename(from.c_str(), to.c_str()) != 0) return IoError("renaming", from);
  return FlushFolder(folder);
}

absl::Status FileStore::RemoveUnwanted(const std::vector<std::string>& wanted, absl::Time before) {
  const std::set<std::string> keep(wanted.begin(), wanted.end());
  std::lock_guard<std::mutex> lock(mutex_);
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(path_, error)) {
    const std::string name = entry.path().filename().string();
    struct stat file = {};
    if (stat(entry.path().c_str(), &file) != 0 || !S_ISREG(file.st_mode)) continue;
    const bool fresh = absl::FromTimeT(file.st_mtime) >= before;
    if (fresh || keep.count(name) > 0 || arriving_.count(name) > 0) continue;
    std::error_code failed;
    fs::remove(entry.path(), failed);
    if (failed) {
      return absl::UnavailableError(
          absl::StrCat("removing ", entry.path().string(), ": ", failed.message()));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> FileStore::PassingFolder() const {
  const std::string folder = path_ + "/passing";
  if (absl::Status made = MakeFolder(folder); !made.ok()) return made;
  return folder;
}

}  // namespace ff::files
