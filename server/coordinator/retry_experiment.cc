#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/load_snapshot.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/save_decision.h"
#include "server/coordinator/try.h"
#include "server/scheduler/scheduler.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

using Facts = std::vector<storage::ExperimentFacts>;

absl::StatusOr<Facts> WhatToRetry(storage::View& view, const std::string& sweep,
                                  const std::string& experiment) {
  if (experiment.empty()) {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    return view.ListFacts({id, {ExperimentState::kFailed}, 0, 0});
  }
  FF_TRY_ASSIGN(const storage::ExperimentFacts facts, ResolveExperiment(view, sweep, experiment));
  if (facts.state != ExperimentState::kFailed) {
    return absl::FailedPreconditionError(
        absl::StrCat("experiment ", facts.id, " has not failed: there is nothing to retry"));
  }
  return Facts{facts};
}

absl::Status CheckMayRun(storage::View& view, const std::string& sweep_id, int64_t if_version) {
  FF_TRY_ASSIGN(const Sweep sweep, view.GetSweep(sweep_id));
  FF_TRY(CheckVersion(sweep, if_version));
  if (sweep.imported) {
    return absl::FailedPreconditionError(
        absl::StrCat("sweep ", sweep_id,
                     " was imported: the shapes of its models are not known, so nothing of "
                     "it can be trained; plan a new sweep with `ffctl sweep create`"));
  }
  if (sweep.state == SweepState::kCancelled) {
    return absl::FailedPreconditionError(absl::StrCat(
        "sweep ", sweep_id, " is cancelled; create it again to go on, what is finished is kept"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Experiment>> Coordinator::RetryExperiment(const std::string& sweep,
                                                                     const std::string& experiment,
                                                                     const std::string& by,
                                                                     int64_t if_version) {
  const absl::Time now = clock_();
  std::vector<Experiment> retried;
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(const Facts failed, WhatToRetry(tx, sweep, experiment));
    if (failed.empty()) return absl::OkStatus();
    const std::string& sweep_id = failed.front().sweep_id;
    FF_TRY(CheckMayRun(tx, sweep_id, if_version));
    SnapshotLoader loader(tx, Rules());
    for (const storage::ExperimentFacts& facts : failed) FF_TRY(loader.AddExperiment(facts));
    DecisionSaver saver(tx, now, by);
    FF_TRY(saver.Save(scheduler::Decide(loader.snapshot(), scheduler::UserRetries{sweep_id}, now)));
    for (const storage::ExperimentFacts& facts : failed) {
      FF_TRY_ASSIGN(retried.emplace_back(), tx.GetExperiment(facts.sweep_id, facts.id));
    }
    return absl::OkStatus();
  }));
  return retried;
}

}  // namespace ff::coordinator
