// The agent's loop: tells the coordinator what is, and makes true what it answers. Leases
// become attempts on slots, their reports go out with the next call, final ones until they
// are settled. Nothing waits for the coordinator but the leases it alone can give.
// Run belongs to one thread that lives as long as the process; RequestStop may be
// called from any thread and from a signal handler.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ff/v1/worker.pb.h"
#include "worker/agent/attempt.h"
#include "worker/agent/devices.h"
#include "worker/agent/link.h"
#include "worker/agent/settings.h"
#include "worker/agent/slot.h"
#include "worker/agent/state_folder.h"

namespace ff::agent {

class Session {
 public:
  // `state` outlives the session.
  Session(Settings settings, const StateFolder& state, Devices devices);
  ~Session();
  Session(const Session&) = delete;

  // Until asked to stop (then running experiments are checkpointed and handed back) or,
  // with exit_when_idle, until there is nothing to do.
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
  void Place(Attempt& attempt, absl::Time now);

  // What the coordinator is told (session_report.cc).
  v1::SynchronizeRequest MakeRequest();
  int FreeSlots();
  bool DiskIsLow();

  // Leaving.
  void BeginDrain(absl::Time now);
  bool Done(absl::Time now) const;
  bool SlotsFree() const;

  const Settings settings_;
  const StateFolder& state_;
  const Devices devices_;
  const std::string incarnation_;
  const int stop_fd_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<Attempt>> attempts_;
  absl::Time next_sync_ = absl::InfinitePast();
  absl::Time drain_deadline_ = absl::InfiniteFuture();
  bool draining_ = false, disk_low_ = false;
  int idle_answers_ = 0;
  Link link_;
};

}  // namespace ff::agent
