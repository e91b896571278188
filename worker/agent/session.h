// The agent's loop: tells the coordinator what is, and makes true what it answers. Leases
// become attempts on slots, their reports go out with the next call, final ones until they
// are settled. Nothing waits for the coordinator but the leases it alone can give.
// Run belongs to one thread that lives as long as the process; RequestStop may be
// called from any thread and from a signal handler.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ff/v1/worker.pb.h"
#include "worker/agent/attempt.h"
#include "worker/agent/devices.h"
#include "worker/agent/link.h"
#include "worker/agent/nvml.h"
#include "worker/agent/settings.h"
#include "worker/agent/slot.h"
#include "worker/agent/state_folder.h"
#include "worker/agent/transfers.h"

namespace ff::agent {

class Session {
 public:
  // `state` outlives the session.
  Session(Settings settings, const StateFolder& state, Devices devices);
  ~Session();
  Session(const Session&) = delete;

  // Until asked to stop (then running experiments end within drain_window, or are checkpointed and
  // handed back), with exit_when_idle until there is nothing to do, with max_experiments until so
  // many were trained.
  void Run();
  void RequestStop();

 private:
  void RecoverFinished();
  void WaitForSomething();
  absl::Time NextDeadline(absl::Time now) const;
  void ServiceSlots(absl::Time now);

  // Orders of the coordinator (session_orders.cc).
  void Follow(const v1::SynchronizeResponse& orders, absl::Time now);
  void Settle(int64_t attempt_id);
  void WithdrawUnlisted(const v1::SynchronizeResponse& orders, absl::Time now);
  void Take(const v1::Lease& lease);
  void PlaceWaiting(absl::Time now);
  bool Place(Attempt& attempt, absl::Time now);  // false: it waits for a slot
  double ShareOf(const v1::Plan& plan, const v1::Device& device) const;
  double FreeShare(const std::string& device_id) const;
  Slot* SlotFor(const Attempt& attempt);

  // Data and checkpoints from and to the depot (session_transfers.cc).
  void HandleTransfers();
  void BringCheckpoints();
  // Where the plan's data is; UNAVAILABLE: on its way.
  absl::StatusOr<std::string> DataFor(const Attempt& attempt);
  // Whether the checkpoint to resume from is here, or never will be.
  bool CheckpointIsHere(Attempt& attempt);

  // What the coordinator is told (session_report.cc).
  v1::SynchronizeRequest MakeRequest();
  int FreeSlots();
  void DescribeDevices(v1::SynchronizeRequest& request, int free);
  void DescribeUsage(v1::SynchronizeRequest& request);
  void LookForFaults();
  bool Usable(const Slot& slot) const;
  bool DiskIsLow();

  // Leaving, and handing back.
  void BeginDrain(absl::Time now);
  void HandBack(absl::Time now);
  void MindHandBack(absl::Time now);
  bool Done(absl::Time now) const;
  bool SlotsFree() const;

  const Settings settings_;
  const StateFolder& state_;
  Devices devices_;  // their faults are found out as time goes
  const std::string incarnation_;
  const int stop_fd_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<Attempt>> attempts_;
  absl::Time next_sync_ = absl::InfinitePast();
  absl::Time drain_deadline_ = absl::InfiniteFuture();
  absl::Time drain_began_ = absl::InfiniteFuture();
  // When what still runs is checkpointed and handed back: on leaving, or as a user asked.
  absl::Time hand_back_at_ = absl::InfiniteFuture();
  bool draining_ = false, disk_low_ = false;
  int idle_answers_ = 0, taken_ = 0;
  const std::unique_ptr<Nvml> nvml_;  // null: no GPU is watched
  Transfers transfers_;
  struct Moves {
    bool data_asked = false, checkpoint_asked = false, checkpoint_done = false, bringing = false;
    absl::StatusOr<std::string> data = absl::UnavailableError("on its way");
    int64_t brought_step = 0;
  };
  absl::flat_hash_map<int64_t, Moves> moves_;  // by attempt
  // By attempt: what its trainer had used of the CPU when, and the share of all cores since before.
  struct CpuUse {
    absl::Time at;
    double seconds = 0, share = 0;
  };
  absl::flat_hash_map<int64_t, CpuUse> cpu_use_;
  Link link_;
};

}  // namespace ff::agent
