#include "server/results/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ff::results {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 18, kSmallFile = size_t{1} << 13;

class File {
 public:
  File(int fd, bool owned) : fd_(fd), owned_(owned) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (owned_) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  const int fd_;
  const bool owned_;
};

absl::Status SystemError(const std::string& path, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot read ", path));
}

}  // namespace

absl::StatusOr<ByteSource> OpenFile(const std::string& path) {
  const bool standard_input = path == "-";
  const int fd = standard_input ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return SystemError(path, errno);
  auto file = std::make_shared<File>(fd, !standard_input);
  struct stat facts {};
  if (fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is a folder, not a file of results"));
  }
  return ByteSource([file, path](char* into, size_t size) -> absl::StatusOr<size_t> {
    for (;;) {
      const ssize_t got = read(file->fd(), into, size);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return SystemError(path, errno);
    }
  });
}

ByteSource FromText(absl::string_view text) {
  return [text](char* into, size_t size) mutable -> absl::StatusOr<size_t> {
    const size_t taken = std::min(size, text.size());
    if (taken > 0) std::memcpy(into, text.data(), taken);
    text.remove_prefix(taken);
    return taken;
  };
}

ByteReader::ByteReader(ByteSource source) : source_(std::move(source)) {
  buffer_.resize(kSmallFile);  // grows while the first piece is read
}

bool ByteReader::Fill() {
  if (ended_) return false;
  at_ = end_ = 0;
  // The first piece is a whole buffer, unless the file is shorter: the mark and the header,
  // which settles the separator, are looked at in it, however small a pipe's pieces are.
  const size_t wanted = started_ ? 1 : kBufferBytes;
  while (end_ < wanted && !ended_) {
    if (end_ == buffer_.size()) buffer_.resize(kBufferBytes);
    const absl::StatusOr<size_t> got = source_(&buffer_[end_], buffer_.size() - end_);
    if (!got.ok()) status_ = got.status();
    ended_ = !got.ok() || *got == 0;
    if (got.ok()) end_ += *got;
  }
  if (!status_.ok()) end_ = 0;
  if (!started_ && status_.ok()) {
    const absl::string_view head(buffer_.data(), end_);
    if (absl::StartsWith(head, "\xEF\xBB\xBF")) at_ = 3;
    if (absl::StartsWith(head, "\xFF\xFE") || absl::StartsWith(head, "\xFE\xFF")) {
      status_ = absl::InvalidArgumentError("the file is UTF-16; save it as UTF-8");
      end_ = 0;
    }
  }
  started_ = true;
  return at_ < end_;
}

int ByteReader::Peek() {
  if (at_ == end_ && !Fill()) return -1;
  return static_cast<unsigned char>(buffer_[at_]);
}

void ByteReader::Take() {
  if (buffer_[at_++] == '\n') {
    ++line_;
    column_ = 1;
  } else {
    ++column_;
  }
}

absl::string_view ByteReader::Buffered() {
  if (Peek() < 0) return {};
  return absl::string_view(buffer_).substr(at_, end_ - at_);
}

void ByteReader::TakeWithinLine(size_t size) {
  at_ += size;
  column_ += size;
}

}  // namespace ff::results
