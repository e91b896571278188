// The one thread that writes. Writes queue; the thread takes what has gathered, runs each
// in a savepoint of one transaction, commits once, and only then answers all of them, so
// that many small writes cost one flush to disk. Thread-safe. (std::mutex, not Abseil's: a
// thread sanitizer sees through it without an instrumented Abseil.)
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {

class Writer {
 public:
  using Work = absl::FunctionRef<absl::Status(Transaction&)>;

  explicit Writer(std::unique_ptr<Session> session);
  // Finishes what is queued. Nobody may call Write any more.
  ~Writer();

  // As Store::Write.
  absl::Status Write(Work work) { return Queue(work, false); }
  // As Store::Remove.
  absl::Status Remove(Work work) { return Queue(work, true); }

  struct Counts {
    int64_t writes = 0, commits = 0, waiting = 0;
    double write_seconds = 0;
    std::array<int64_t, kWriteBounds.size() + 1> write_times{};
  };
  Counts GetCounts() const;

 private:
  struct Pending {
    Work work;
    bool removes = false;  // alone in its transaction, references unchecked
    absl::Status status;
    bool done = false;
    std::condition_variable answered;  // each its own: nobody is woken for another's answer
  };

  absl::Status Queue(Work work, bool removes);
  void Loop();
  std::vector<Pending*> TakeBatch();
  // Fills in the statuses. Not OK: the transaction as a whole came to nothing.
  absl::Status RunBatch(const std::vector<Pending*>& batch);
  absl::Status RunOne(Pending& pending);
  absl::Status Execute(const char* sql);  // prepared once
  void Count(std::chrono::duration<double> took);

  const std::unique_ptr<Session> session_;  // the thread's alone
  mutable std::mutex mutex_;                // guards what follows
  std::condition_variable queued_;
  std::deque<Pending*> queue_;
  bool stopping_ = false;
  Counts counts_;

  std::thread thread_;
};

}  // namespace ff::storage
