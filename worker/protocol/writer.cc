#include "worker/protocol/writer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace ff::protocol {
namespace {

bool IgnoreBrokenPipes() {
  struct sigaction current = {};
  if (sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) {
    std::signal(SIGPIPE, SIG_IGN);
  }
  return true;
}

}  // namespace

Writer::Writer(int fd) : fd_(fd) { [[maybe_unused]] static const bool once = IgnoreBrokenPipes(); }

absl::Status Writer::Write(const Order& order) { return WriteLine(ToLine(order)); }

absl::Status Writer::Write(const Report& report) { return WriteLine(ToLine(report)); }

absl::Status Writer::WriteLine(std::string line) {
  if (line.size() > kMaxLineBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a line of ", line.size(), " bytes; the trainer protocol allows ", kMaxLineBytes));
  }
  line.push_back('\n');
  absl::MutexLock lock(&mutex_);
  absl::string_view left = line;
  while (!left.empty()) {
    const ssize_t written = write(fd_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(written);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      struct pollfd ready = {fd_, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return absl::UnavailableError(
          absl::StrCat(errno == EPIPE ? "the other end of the trainer protocol is gone: "
                                      : "writing the trainer protocol: ",
                       std::strerror(errno)));
    }
  }
  return absl::OkStatus();
}

}  // namespace ff::protocol
