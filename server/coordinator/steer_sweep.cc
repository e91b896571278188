// Pause, resume and cancel: the same load, decide, save with another word.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/load_snapshot.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/save_decision.h"
#include "server/coordinator/sweep_summary.h"
#include "server/coordinator/try.h"
#include "server/scheduler/scheduler.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

const char* WordOf(SweepState state) {
  switch (state) {
    case SweepState::kActive:
      return "active";
    case SweepState::kPaused:
      return "paused";
    case SweepState::kFinished:
      return "finished";
    case SweepState::kCancelled:
      break;
  }
  return "cancelled";
}

// What a user's word can touch: pausing and resuming only the sweep, cancelling all its
// open experiments too.
std::vector<ExperimentState> StatesFor(const scheduler::Event& event) {
  if (!std::holds_alternative<scheduler::UserCancels>(event)) return {};
  return {ExperimentState::kWaiting, ExperimentState::kLeased, ExperimentState::kRunning};
}

absl::StatusOr<scheduler::Snapshot> Load(storage::View& view, const scheduler::Rules& rules,
                                         const Sweep& sweep, const scheduler::Event& event) {
  const std::vector<ExperimentState> states = StatesFor(event);
  if (!states.empty()) return LoadForSweep(view, rules, sweep, states);
  SnapshotLoader loader(view, rules);
  FF_TRY(loader.AddSweep(sweep.id));
  return loader.snapshot();
}

}  // namespace

absl::StatusOr<Sweep> Coordinator::Steer(
    const std::string& sweep, const std::string& verb, const std::vector<SweepState>& allowed,
    const std::string& by, int64_t if_version,
    const std::function<scheduler::Event(const std::string& id)>& event) {
  const absl::Time now = clock_();
  Sweep after;
  std::string steered;
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(tx, sweep));
    FF_TRY_ASSIGN(const Sweep before, tx.GetSweep(id));
    FF_TRY(CheckVersion(before, if_version));
    if (std::find(allowed.begin(), allowed.end(), before.state) == allowed.end()) {
      return absl::FailedPreconditionError(
          absl::StrCat("sweep ", id, " is ", WordOf(before.state), " and cannot be ", verb));
    }
    const scheduler::Event what = event(id);
    FF_TRY_ASSIGN(const scheduler::Snapshot snapshot, Load(tx, Rules(), before, what));
    DecisionSaver saver(tx, now, by);
    steered = id;
    return saver.Save(scheduler::Decide(snapshot, what, now));
  }));
  // Adding up a sweep takes time that others would wait for in the writer's queue.
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(after, LoadSweep(view, steered));
    return absl::OkStatus();
  }));
  return after;
}

absl::StatusOr<Sweep> Coordinator::PauseSweep(const std::string& sweep, const std::string& by,
                                              int64_t if_version) {
  return Steer(sweep, "paused", {SweepState::kActive, SweepState::kPaused}, by, if_version,
               [](const std::string& id) { return scheduler::UserPauses{id}; });
}

absl::StatusOr<Sweep> Coordinator::ResumeSweep(const std::string& sweep, const std::string& by,
                                               int64_t if_version) {
  return Steer(sweep, "resumed", {SweepState::kActive, SweepState::kPaused}, by, if_version,
               [](const std::string& id) { return scheduler::UserResumes{id}; });
}

absl::StatusOr<Sweep> Coordinator::CancelSweep(const std::string& sweep, const std::string& by,
                                               int64_t if_version) {
  return Steer(sweep, "cancelled",
               {SweepState::kActive, SweepState::kPaused, SweepState::kCancelled}, by, if_version,
               [](const std::string& id) { return scheduler::UserCancels{id}; });
}

}  // namespace ff::coordinator
