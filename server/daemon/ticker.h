// Calls a function again and again from a thread of its own until destroyed.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace ff::daemon {

class Ticker {
 public:
  // `name` stands in the log where `task` fails: once when it begins to fail and once when
  // it works again, however often that is tried.
  Ticker(std::string name, absl::Duration interval, std::function<absl::Status()> task);
  ~Ticker();  // waits for a call under way
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  void Run();
  void Report(const absl::Status& status);

  const std::string name_;
  const absl::Duration interval_;
  const std::function<absl::Status()> task_;
  bool failing_ = false;  // of the thread alone
  std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace ff::daemon
