#include "worker/data/token_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ff::data {
namespace {

absl::Status OpenError(const std::string& path, int error) {
  const std::string message = absl::StrCat("dataset ", path, ": ", std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(message) : absl::InvalidArgumentError(message);
}

// Copies and returns the index of the first token that is too large, or -1. A header may leave
// tokens at any address.
template <class T>
int64_t Widen(const void* data, int64_t first, int64_t count, int64_t vocab_size, int64_t* out) {
  const char* tokens = static_cast<const char*>(data) + first * static_cast<int64_t>(sizeof(T));
  for (int64_t i = 0; i < count; ++i) {
    T token;
    std::memcpy(&token, tokens + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
    out[i] = token;
    if (out[i] >= vocab_size) return i;
  }
  return -1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenFile>> TokenFile::Open(const std::string& path,
                                                           const std::string& format,
                                                           int64_t vocab_size) {
  if (absl::Status known = CheckFormatName(format); !known.ok()) return known;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return OpenError(path, errno);
  struct stat info = {};
  const bool known = fstat(fd, &info) == 0;
  const int64_t bytes = info.st_size;
  absl::Status bad;
  void* data = MAP_FAILED;
  if (!known || !S_ISREG(info.st_mode)) {
    bad = absl::InvalidArgumentError(absl::StrCat("dataset ", path, " is no plain file"));
  } else if (bytes == 0) {
    bad = absl::InvalidArgumentError(absl::StrCat("dataset ", path, " is empty"));
  } else if (data = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0); data == MAP_FAILED) {
    bad = OpenError(path, errno);
  }
  close(fd);
  if (!bad.ok()) return bad;
  const absl::string_view head(static_cast<const char*>(data), std::min(bytes, kHeadBytes));
  const absl::StatusOr<TokenLayout> layout = LayoutOf(path, format, bytes, head);
  if (!layout.ok()) {
    munmap(data, bytes);
    return layout.status();
  }
  return std::unique_ptr<TokenFile>(new TokenFile(path, *layout, vocab_size, bytes, data));
}

TokenFile::TokenFile(std::string path, const TokenLayout& layout, int64_t vocab_size, int64_t bytes,
                     const void* data)
    : path_(std::move(path)),
      layout_(layout),
      vocab_size_(vocab_size),
      bytes_(bytes),
      data_(data) {}

TokenFile::~TokenFile() { munmap(const_cast<void*>(data_), bytes_); }

absl::Status TokenFile::Read(int64_t first, int64_t count, int64_t* out) const {
  if (first < 0 || count < 0 || first > tokens() - count) {
    return absl::OutOfRangeError(
        absl::StrCat("dataset ", path_, ": tokens ", first, "..", first + count, " of ", tokens()));
  }
  int64_t bad = -1;
  const void* data = static_cast<const char*>(data_) + layout_.offset;
  switch (layout_.format) {
    case TokenFormat::kBytes:
      bad = Widen<uint8_t>(data, first, count, vocab_size_, out);
      break;
    case TokenFormat::kUint16:
      bad = Widen<uint16_t>(data, first, count, vocab_size_, out);
      break;
    case TokenFormat::kUint32:
      bad = Widen<uint32_t>(data, first, count, vocab_size_, out);
      break;
  }
  if (bad < 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("dataset ", path_, ": token ", out[bad], " at offset ",
                   layout_.offset + (first + bad) * TokenBytes(layout_.format),
                   " is not below the vocabulary's size ", vocab_size_,
                   "; set model.vocab_size (bytes need 256) or check dataset.format"));
}

}  // namespace ff::data
