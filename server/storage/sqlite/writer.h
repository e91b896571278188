// The one thread that writes. Writes queue; the thread takes what has gathered, runs each
// in a savepoint of one transaction, commits once, and only then answers all of them, so
// that many small writes cost one flush to disk. Thread-safe.
#pragma once

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {

class Writer {
 public:
  using Work = absl::FunctionRef<absl::Status(Transaction&)>;

  explicit Writer(std::unique_ptr<Session> session);
  // Finishes what is queued. Nobody may call Write any more.
  ~Writer();

  // As Store::Write.
  absl::Status Write(Work work);

  struct Counts {
    int64_t writes = 0, commits = 0, waiting = 0;
  };
  Counts GetCounts() const;

 private:
  struct Pending {
    Work work;
    absl::Status status;
    bool done = false;
  };

  void Loop();
  std::vector<Pending*> TakeBatch() ABSL_LOCKS_EXCLUDED(mutex_);
  // Fills in the statuses. Not OK: the transaction as a whole came to nothing.
  absl::Status RunBatch(const std::vector<Pending*>& batch);
  absl::Status RunOne(Pending& pending);

  const std::unique_ptr<Session> session_;  // the thread's alone
  mutable absl::Mutex mutex_;
  std::deque<Pending*> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Counts counts_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace ff::storage
