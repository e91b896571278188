// Reads orders or reports line by line from a file descriptor, with or without waiting.
// A line that is too long or makes no sense is an error of that line alone: the next
// call goes on behind it. Does not own the descriptor. For one thread at a time.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "worker/protocol/messages.h"

namespace ff::protocol {

class Reader {
 public:
  explicit Reader(int fd) : fd_(fd) {}

  // The next line without its newline; empty lines are passed over. Waits at most
  // `timeout` (zero: takes only what is there already).
  // DEADLINE_EXCEEDED: no whole line yet. OUT_OF_RANGE: end of file (a last line without
  // its newline counts as cut off and is dropped). INVALID_ARGUMENT: a line longer than
  // kMaxLineBytes, skipped up to its newline. UNAVAILABLE: the descriptor is broken.
  absl::StatusOr<std::string> NextLine(absl::Duration timeout = absl::InfiniteDuration());

  // As NextLine, parsed; INVALID_ARGUMENT also for a line that is no order (report).
  absl::StatusOr<Order> NextOrder(absl::Duration timeout = absl::InfiniteDuration());
  absl::StatusOr<Report> NextReport(absl::Duration timeout = absl::InfiniteDuration());

 private:
  absl::StatusOr<bool> TakeLine(std::string& line);  // false: no whole line in the buffer
  absl::Status Fill(absl::Time deadline);

  const int fd_;
  std::string buffer_;
  size_t scanned_ = 0;     // buffer_ has no newline before this
  bool skipping_ = false;  // within the rest of a line that was too long
};

}  // namespace ff::protocol
