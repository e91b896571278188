#include "worker/protocol/reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ff::protocol {
namespace {

constexpr size_t kReadBytes = 64 * 1024;

// poll() takes milliseconds in an int; rounding up keeps a short timeout from spinning.
int PollMilliseconds(absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) return -1;
  const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
  const int64_t milliseconds = absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1)));
  return static_cast<int>(std::min<int64_t>(milliseconds, 24 * 3600 * 1000));
}

absl::Status Broken(const char* call) {
  return absl::UnavailableError(
      absl::StrCat("reading the trainer protocol: ", call, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<bool> Reader::TakeLine(std::string& line) {
  while (true) {
    const size_t newline = buffer_.find('\n', scanned_);
    if (newline == std::string::npos) {
      scanned_ = buffer_.size();
      if (buffer_.size() > kMaxLineBytes && !skipping_) skipping_ = true;
      if (skipping_) buffer_.clear(), scanned_ = 0;
      return false;
    }
    line = buffer_.substr(0, newline);
    buffer_.erase(0, newline + 1);
    scanned_ = 0;
    if (std::exchange(skipping_, false) || line.size() > kMaxLineBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("a line of the trainer protocol is longer than ", kMaxLineBytes, " bytes"));
    }
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) return true;
  }
}

absl::Status Reader::Fill(absl::Time deadline) {
  struct pollfd poll_fd = {fd_, POLLIN, 0};
  const int ready = poll(&poll_fd, 1, PollMilliseconds(deadline));
  if (ready < 0) return errno == EINTR ? absl::OkStatus() : Broken("poll");
  if (ready == 0) {
    if (absl::Now() < deadline) return absl::OkStatus();
    return absl::DeadlineExceededError("no line of the trainer protocol yet");
  }
  const size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  const ssize_t got = read(fd_, buffer_.data() + before, kReadBytes);
  const int error = errno;
  buffer_.resize(before + std::max<ssize_t>(got, 0));
  errno = error;
  if (got == 0) return absl::OutOfRangeError("end of file");
  if (got < 0 && error != EINTR && error != EAGAIN) return Broken("read");
  return absl::OkStatus();
}

absl::StatusOr<std::string> Reader::NextLine(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  std::string line;
  while (true) {
    absl::StatusOr<bool> taken = TakeLine(line);
    if (!taken.ok()) return taken.status();
    if (*taken) return line;
    if (absl::Status filled = Fill(deadline); !filled.ok()) return filled;
  }
}

absl::StatusOr<Order> Reader::NextOrder(absl::Duration timeout) {
  absl::StatusOr<std::string> line = NextLine(timeout);
  if (!line.ok()) return line.status();
  return ParseOrder(*line);
}

absl::StatusOr<Report> Reader::NextReport(absl::Duration timeout) {
  absl::StatusOr<std::string> line = NextLine(timeout);
  if (!line.ok()) return line.status();
  return ParseReport(*line);
}

}  // namespace ff::protocol
