// Writes orders or reports as whole lines to a file descriptor. Lines of several
// threads never mix. Does not own the descriptor. The first Writer makes the process
// ignore SIGPIPE (where nothing else handles it), so that a reader who has left is a Status.
#pragma once

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "worker/protocol/messages.h"

namespace ff::protocol {

class Writer {
 public:
  explicit Writer(int fd);

  // Blocks until the line is written. UNAVAILABLE: the other end is closed, or the
  // descriptor is broken. INVALID_ARGUMENT: longer than kMaxLineBytes, nothing written.
  absl::Status Write(const Order& order);
  absl::Status Write(const Report& report);

 private:
  absl::Status WriteLine(std::string line);

  const int fd_;
  absl::Mutex mutex_;
};

}  // namespace ff::protocol
