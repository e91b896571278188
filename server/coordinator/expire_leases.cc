#include <algorithm>

#include "server/coordinator/coordinator.h"
#include "server/coordinator/load_snapshot.h"
#include "server/coordinator/save_decision.h"
#include "server/coordinator/try.h"
#include "server/scheduler/scheduler.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::Status Coordinator::SetClock() {
  const absl::Time now = clock_();
  return store_->Write([&](storage::Transaction& tx) -> absl::Status {
    SnapshotLoader loader(tx, Rules());
    FF_TRY_ASSIGN(const std::vector<Attempt> live, tx.ListLiveAttempts(""));
    for (const Attempt& attempt : live) FF_TRY(loader.AddAttempt(attempt));
    DecisionSaver saver(tx, now);
    return saver.Save(scheduler::Decide(loader.snapshot(), scheduler::ClockIsSet{}, now));
  });
}

absl::Status Coordinator::ExpireLeases() {
  if (!clock_is_set_) {
    FF_TRY(SetClock());
    clock_is_set_ = true;
  }
  const absl::Time now = clock_();
  const bool grace = now <= Rules().no_expiry_before;
  bool any = false;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const int alive, view.CountWorkers(now - Rules().lease_length));
    // Until the grace is over those of before a restart are expected back.
    workers_ = grace ? std::max(workers_.load(), alive) : alive;
    if (grace) return absl::OkStatus();
    FF_TRY_ASSIGN(const std::vector<Attempt> overdue, view.ListOverdueAttempts(now));
    any = !overdue.empty();
    return absl::OkStatus();
  }));
  if (!any) return absl::OkStatus();
  return store_->Write([&](storage::Transaction& tx) -> absl::Status {
    SnapshotLoader loader(tx, Rules());
    FF_TRY_ASSIGN(const std::vector<Attempt> overdue, tx.ListOverdueAttempts(now));
    for (const Attempt& attempt : overdue) FF_TRY(loader.AddAttempt(attempt));
    DecisionSaver saver(tx, now);
    return saver.Save(scheduler::Decide(loader.snapshot(), scheduler::TimePasses{}, now));
  });
}

}  // namespace ff::coordinator
