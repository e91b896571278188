#include "server/coordinator/coordinator.h"
#include "server/coordinator/load_snapshot.h"
#include "server/coordinator/save_decision.h"
#include "server/coordinator/try.h"
#include "server/scheduler/scheduler.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::Status Coordinator::ExpireLeases() {
  const absl::Time now = clock_();
  if (now <= Rules().no_expiry_before) return absl::OkStatus();
  bool any = false;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
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
