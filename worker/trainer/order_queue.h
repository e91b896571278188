// Orders as they arrive on a file descriptor, read by a thread of its own so that training
// never waits for them. End of file ends the process at once: the agent is gone.
// Thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "worker/protocol/messages.h"
#include "worker/protocol/reader.h"

namespace ff::trainer {

class OrderQueue {
 public:
  // Reads `fd` until the process ends.
  explicit OrderQueue(int fd);

  // The next order, or why a line was none. Take waits for it.
  absl::StatusOr<protocol::Order> Take();
  std::optional<absl::StatusOr<protocol::Order>> TryTake();

  // An order of the process's own, as if it had been read.
  void Put(protocol::Order order);

 private:
  void ReadForever();

  protocol::Reader reader_;
  absl::Mutex mutex_;
  std::deque<absl::StatusOr<protocol::Order>> orders_;
  std::thread thread_;
};

}  // namespace ff::trainer
