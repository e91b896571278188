// Datasets and checkpoints on their way between this host and the depot: one at a time, in a
// thread of its own, repeated with growing pauses while the depot does not answer. The owner's
// thread never waits; it polls fd() or asks Take.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "ff/v1/worker.pb.h"
#include "worker/agent/depot.h"

namespace ff::agent {

class Transfers {
 public:
  // Datasets are kept in `cache` up to `cache_bytes`. Null depot: every request fails.
  Transfers(std::unique_ptr<Depot> depot, std::string cache, double cache_bytes);
  // Calls off what is under way.
  ~Transfers();
  Transfers(const Transfers&) = delete;

  bool enabled() const { return depot_ != nullptr; }

  // What each asks for ends as one Done under the attempt's id.
  void FetchData(int64_t attempt_id, const std::string& sha256);
  // Into `checkpoints`, complete or not at all, and the journal beside it.
  void FetchCheckpoint(int64_t attempt_id, const v1::StoredCheckpoint& stored,
                       const std::string& checkpoints, const std::string& journal);
  // The checkpoint's folder and a copy of the journal as it is now.
  void BringCheckpoint(int64_t attempt_id, int64_t step, const std::string& folder,
                       const std::string& journal);

  enum class Kind { kData, kCheckpoint, kBrought };
  struct Done {
    Kind kind = Kind::kData;
    int64_t attempt_id = 0;
    absl::Status status;
    std::string path;             // kData
    v1::StoredCheckpoint stored;  // kBrought
  };
  std::vector<Done> Take();
  int fd() const { return event_fd_; }

 private:
  struct Job {
    Done done;
    std::string sha256, folder, journal;
    v1::StoredCheckpoint wanted;
    int64_t step = 0;
  };
  void Add(Job job);
  void Work();
  void Run(Job& job);
  absl::Status RunOnce(Job& job);
  absl::Status GetData(Job& job);
  absl::Status GetCheckpoint(Job& job);
  absl::Status PutCheckpoint(Job& job);
  absl::Status PutFile(const std::string& path, const std::string& name, Job& job);
  void TrimCache(const std::string& keep);
  bool Pause(int failures);

  const std::unique_ptr<Depot> depot_;
  const std::string cache_;
  const double cache_bytes_;
  const int event_fd_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;    // guarded by mutex_
  std::vector<Done> done_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace ff::agent
