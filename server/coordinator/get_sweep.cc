#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/load_workers.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/sweep_summary.h"
#include "server/coordinator/try.h"
#include "server/scheduler/unplaced.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// A worker that was started with the sweep has this long to call.
constexpr absl::Duration kWorkersCome = absl::Seconds(10);

// Why what waits of the sweep fits none of the workers.
// `provisioning`: words of who starts workers, where somebody does.
absl::Status ExplainWaiting(storage::View& view, const std::vector<Worker>& alive, absl::Time now,
                            const std::string& provisioning, Sweep* sweep) {
  if (sweep->state != SweepState::kActive || sweep->counts.waiting == 0) return absl::OkStatus();
  if (alive.empty() && now - sweep->created_at < kWorkersCome) return absl::OkStatus();
  if (alive.empty() && !provisioning.empty()) {
    sweep->waiting_reason = absl::StrCat("no worker is alive yet; ", provisioning);
    return absl::OkStatus();
  }
  FF_TRY_ASSIGN(const auto waiting, view.ListWaiting(sweep->id));
  std::vector<scheduler::Need> needs;
  for (const storage::WaitingGroup& group : waiting) {
    needs.push_back({group.mode, group.device, group.memory_bytes, group.count});
  }
  sweep->waiting_reason = scheduler::WhyUnplaced(sweep->scheduling, needs, alive);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Worker>> Alive(storage::View& view, absl::Time now,
                                          absl::Duration patience) {
  FF_TRY_ASSIGN(std::vector<Worker> workers, LoadWorkers(view, now, patience));
  std::erase_if(workers, [](const Worker& worker) { return !worker.alive; });
  return workers;
}

}  // namespace

absl::StatusOr<Sweep> Coordinator::GetSweep(const std::string& sweep) {
  const absl::Time now = clock_();
  Sweep found;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(found, LoadSweep(view, id));
    FF_TRY_ASSIGN(const auto alive, Alive(view, now, Rules().lease_length));
    return ExplainWaiting(view, alive, now, options_.provisioning(), &found);
  }));
  return found;
}

// Only what is on the page is added up.
absl::StatusOr<SweepPage> Coordinator::ListSweeps(int limit, int offset) {
  if (limit < 0 || offset < 0) {
    return absl::InvalidArgumentError("limit and offset must not be negative");
  }
  const absl::Time now = clock_();
  const std::string provisioning = options_.provisioning();
  SweepPage page;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(std::vector<Sweep> all, view.ListSweeps());
    FF_TRY_ASSIGN(const auto alive, Alive(view, now, Rules().lease_length));
    page.total = static_cast<int>(all.size());
    const int end = limit == 0 ? page.total : std::min(page.total - offset, limit) + offset;
    for (int i = offset; i < end; ++i) {
      Sweep& sweep = all[static_cast<size_t>(i)];
      FF_TRY(Summarise(view, &sweep));
      FF_TRY(ExplainWaiting(view, alive, now, provisioning, &sweep));
      page.sweeps.push_back(std::move(sweep));
    }
    return absl::OkStatus();
  }));
  return page;
}

}  // namespace ff::coordinator
