// The other ranks as rank 0 sees them: where a `start` names several devices ("cuda:0,cuda:1") it
// starts a process for each further one, keeps them warm and gives them every start; where an
// engine's launcher started the ranks (rank_place.h), it waits for them. A rank that dies, or is
// not heard of for half a minute, during a run ends this process, and with it the attempt. For one
// thread at a time, which lives as long as the process.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "worker/protocol/messages.h"
#include "worker/trainer/rank_group.h"
#include "worker/trainer/rank_place.h"
#include "worker/trainer/rendezvous.h"

namespace ff::trainer {

class RankTeam {
 public:
  RankTeam() = default;
  ~RankTeam();
  RankTeam(const RankTeam&) = delete;

  // The group that trains `order`, whose device becomes that of this rank; null where this process
  // trains it alone: one device, or a batch of one sequence (no rank is without one). Errors are of
  // kind device.
  absl::StatusOr<RankGroup*> Begin(protocol::StartOrder& order);
  // The run is over.
  void End();

 private:
  struct Follower {
    pid_t pid = -1;
    int stdin_fd = -1;  // it ends with this
    int rank = 0;
    std::string device;
  };
  absl::Status Gather(const std::vector<std::string>& devices);
  absl::Status Call(int ranks, const std::string& device, const std::string& start);
  absl::Status Spawn(int rank, const std::string& device);
  void Dismiss();
  void Watch();
  void LookAtProcesses() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LookForSilence(Rendezvous& rendezvous) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::vector<std::string> devices_;  // of all ranks; of an engine's: this one's
  std::unique_ptr<Rendezvous> rendezvous_;
  std::unique_ptr<RankGroup> group_;
  int64_t runs_ = 0;

  absl::Mutex mutex_;
  std::vector<Follower> followers_ ABSL_GUARDED_BY(mutex_);
  int running_ ABSL_GUARDED_BY(mutex_) = 0;  // ranks of the run under way
  bool broken_ ABSL_GUARDED_BY(mutex_) = false, leaving_ ABSL_GUARDED_BY(mutex_) = false;
  struct Beat {
    int64_t count = 0;
    int silent = 0;  // looks
  };
  std::vector<Beat> beats_ ABSL_GUARDED_BY(mutex_);
  std::thread watcher_;
};

}  // namespace ff::trainer
