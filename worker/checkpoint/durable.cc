#include "worker/checkpoint/durable.h"

#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace ff::checkpoint {
namespace {

namespace fs = std::filesystem;

class File {
 public:
  File(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  File(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

class Hash {
 public:
  Hash() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    ok_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
  }
  void Add(const void* data, size_t size) {
    ok_ = ok_ && EVP_DigestUpdate(context_.get(), data, size) == 1;
  }
  // Empty where libcrypto refused (no memory): equal to no hash of a manifest.
  std::string Hex() {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (!ok_ || EVP_DigestFinal_ex(context_.get(), bytes, &size) != 1) return "";
    return absl::BytesToHexString(absl::string_view(reinterpret_cast<char*>(bytes), size));
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  bool ok_;
};

// Calls `take(data, size)` for the file's content, block by block.
template <class Take>
absl::Status ReadBlocks(const std::string& path, Take take) {
  const File file(path, O_RDONLY);
  if (file.fd() < 0) return IoError("opening", path, errno);
  std::vector<char> block(1 << 18);
  while (true) {
    const ssize_t got = read(file.fd(), block.data(), block.size());
    if (got == 0) return absl::OkStatus();
    if (got > 0) {
      take(block.data(), static_cast<size_t>(got));
    } else if (errno != EINTR) {
      return IoError("reading", path, errno);
    }
  }
}

}  // namespace

absl::Status IoError(absl::string_view doing, const std::string& path, int error) {
  const std::string message = absl::StrCat(doing, " ", path, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) {
    return absl::ResourceExhaustedError(absl::StrCat(message, "; free some space on this disk"));
  }
  if (error == ENOENT) return absl::NotFoundError(message);
  return absl::UnavailableError(message);
}

absl::Status WriteFileDurably(const std::string& path, absl::string_view content) {
  const File file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.fd() < 0) return IoError("creating", path, errno);
  while (!content.empty()) {
    const ssize_t written = write(file.fd(), content.data(), content.size());
    if (written < 0 && errno != EINTR) return IoError("writing", path, errno);
    content.remove_prefix(std::max<ssize_t>(written, 0));
  }
  if (fsync(file.fd()) != 0) return IoError("flushing", path, errno);
  return absl::OkStatus();
}

absl::Status Flush(const std::string& path) {
  const File file(path, O_RDONLY);
  if (file.fd() < 0) return IoError("opening", path, errno);
  if (fsync(file.fd()) != 0) return IoError("flushing", path, errno);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::string content;
  const absl::Status status =
      ReadBlocks(path, [&](const char* data, size_t size) { content.append(data, size); });
  if (!status.ok()) return status;
  return content;
}

absl::StatusOr<Digest> DigestFile(const std::string& path) {
  Hash hash;
  Digest digest;
  const absl::Status status = ReadBlocks(path, [&](const char* data, size_t size) {
    hash.Add(data, size);
    digest.bytes += size;
  });
  if (!status.ok()) return status;
  digest.sha256 = hash.Hex();
  if (digest.sha256.empty()) return absl::UnavailableError("SHA-256 failed hashing " + path);
  return digest;
}

std::string Sha256(absl::string_view content) {
  Hash hash;
  hash.Add(content.data(), content.size());
  return hash.Hex();
}

absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path) {
  std::error_code error;
  fs::directory_iterator entry(path, error);
  std::vector<std::string> names;
  while (!error && entry != fs::directory_iterator()) {
    names.push_back(entry->path().filename().string());
    entry.increment(error);
  }
  if (error) return IoError("reading folder", path, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status RemoveFolder(const std::string& path) {
  // Not std::filesystem::remove_all: some builds of libtorch.so export a copy of it that calls
  // a function they do not have, and a program that links them gets that copy.
  const auto remove_entry = [](const char* entry, const struct stat*, int, struct FTW*) {
    return std::remove(entry);
  };
  if (nftw(path.c_str(), remove_entry, /*nopenfd=*/16, FTW_DEPTH | FTW_PHYS) == 0 ||
      errno == ENOENT) {
    return absl::OkStatus();
  }
  return IoError("removing", path, errno);
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return IoError("creating folder", path, error.value());
  return absl::OkStatus();
}

}  // namespace ff::checkpoint
