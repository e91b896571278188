// One line on standard error about how far a long job is: redrawn on a terminal, else a new line
// every ten seconds. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"

namespace ff::tokenizer {

class Progress {
 public:
  // "learning pieces: 12 % (1.2 of 10.0 MB), 34 s". Without a total: the time alone.
  Progress(std::string what, int64_t total_bytes);
  // Says the last state and how long it took.
  ~Progress();
  Progress(const Progress&) = delete;

  void Add(int64_t bytes) { done_ += bytes; }
  void Becomes(std::string what, int64_t total_bytes);

 private:
  void Draw(bool last);
  void DrawForever();

  const bool terminal_;
  absl::Mutex mutex_;
  std::string what_;
  int64_t total_;
  double begin_;
  bool ended_ = false;
  std::atomic<int64_t> done_{0};
  std::thread thread_;
};

}  // namespace ff::tokenizer
