#include "server/daemon/ticker.h"

#include "conf/load/logging.h"

namespace ff::daemon {

Ticker::Ticker(std::string name, absl::Duration interval, std::function<absl::Status()> task)
    : name_(std::move(name)), interval_(interval), task_(std::move(task)) {
  thread_ = std::thread([this] { Run(); });
}

Ticker::~Ticker() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  thread_.join();
}

void Ticker::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_changed_.wait_for(lock, absl::ToChronoMilliseconds(interval_),
                                 [this] { return stop_; })) {
    lock.unlock();
    Report(task_());
    lock.lock();
  }
}

void Ticker::Report(const absl::Status& status) {
  if (!status.ok() && !failing_) conf::LogError(name_, " fails: ", status.ToString());
  if (status.ok() && failing_) conf::LogInfo(name_, " works again");
  failing_ = !status.ok();
}

}  // namespace ff::daemon
