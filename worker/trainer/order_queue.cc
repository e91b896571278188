#include "worker/trainer/order_queue.h"

#include <cstdlib>
#include <utility>

namespace ff::trainer {

OrderQueue::OrderQueue(int fd) : reader_(fd), thread_([this] { ReadForever(); }) {
  thread_.detach();  // it blocks in read() and ends with the process
}

// _Exit, not exit: another thread may be amid a step, and no destructor has work that matters.
void OrderQueue::ReadForever() {
  while (true) {
    absl::StatusOr<protocol::Order> order = reader_.NextOrder();
    if (absl::IsOutOfRange(order.status())) std::_Exit(0);
    if (absl::IsUnavailable(order.status())) std::_Exit(1);
    absl::MutexLock lock(&mutex_);
    orders_.push_back(std::move(order));
  }
}

void OrderQueue::Put(protocol::Order order) {
  absl::MutexLock lock(&mutex_);
  orders_.push_back(std::move(order));
}

absl::StatusOr<protocol::Order> OrderQueue::Take() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](std::deque<absl::StatusOr<protocol::Order>>* orders) { return !orders->empty(); },
      &orders_));
  absl::StatusOr<protocol::Order> order = std::move(orders_.front());
  orders_.pop_front();
  return order;
}

std::optional<absl::StatusOr<protocol::Order>> OrderQueue::TryTake() {
  absl::MutexLock lock(&mutex_);
  if (orders_.empty()) return std::nullopt;
  absl::StatusOr<protocol::Order> order = std::move(orders_.front());
  orders_.pop_front();
  return order;
}

}  // namespace ff::trainer
