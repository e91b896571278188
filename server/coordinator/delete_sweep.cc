// Deleting a sweep, and an experiment of one. Neither stops anything: what runs is cancelled first.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/save_decision.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// Rows that go in one transaction: some 30 MB of measurements, between which workers are answered.
constexpr int64_t kRowsAtOnce = 4000;

std::string Words(const Deletion& deletion) {
  return absl::StrCat(deletion.experiments, " experiments, ", deletion.results, " results, ",
                      deletion.attempts, " attempts, ", deletion.measurements, " measurements");
}

absl::Status CheckSweepMayGo(storage::View& view, const Sweep& sweep) {
  FF_TRY_ASSIGN(const storage::SweepLoad load, view.GetLoad(sweep.id));
  if (load.in_flight > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(load.in_flight, load.in_flight == 1 ? " experiment" : " experiments",
                     " of sweep ", sweep.id, load.in_flight == 1 ? " is" : " are",
                     " being trained; cancel it first: `ffctl sweep cancel ", sweep.id, "`"));
  }
  if (sweep.state == SweepState::kActive) {
    return absl::FailedPreconditionError(absl::StrCat(
        "sweep ", sweep.id, " is active; cancel it first: `ffctl sweep cancel ", sweep.id, "`"));
  }
  return absl::OkStatus();
}

absl::Status CheckExperimentMayGo(storage::View& view, const storage::ExperimentFacts& facts) {
  if (facts.state == ExperimentState::kLeased || facts.state == ExperimentState::kRunning) {
    return absl::FailedPreconditionError(
        absl::StrCat("experiment ", facts.id, " is being trained; pause or cancel its sweep, ",
                     facts.sweep_id, ", and wait for its end"));
  }
  FF_TRY_ASSIGN(const int all, view.CountExperiments({.sweep_id = facts.sweep_id}));
  if (all > 1) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("experiment ", facts.id, " is the only one of sweep ", facts.sweep_id,
                   "; delete the sweep: `ffctl sweep delete ", facts.sweep_id, "`"));
}

absl::StatusOr<Deletion> Describe(storage::View& view, const Sweep& sweep,
                                  const std::string& experiment_id) {
  Deletion deletion{sweep.id, sweep.name, experiment_id};
  FF_TRY_ASSIGN(const storage::Holdings all, view.CountHoldings(sweep.id, experiment_id));
  deletion.experiments = static_cast<int>(all.experiments);
  deletion.results = static_cast<int>(all.results);
  deletion.attempts = static_cast<int>(all.attempts);
  deletion.measurements = all.measurements;
  return deletion;
}

// A sweep from which the last open experiment went is over.
absl::Status EndIfOver(storage::Transaction& tx, const Sweep& sweep, absl::Time now) {
  FF_TRY(tx.MarkFitDue(sweep.id));
  FF_TRY_ASSIGN(const int open, tx.CountOpen(sweep.id));
  if (open > 0 || sweep.state != SweepState::kActive) return absl::OkStatus();
  FF_TRY(tx.SetSweepState(sweep.id, SweepState::kFinished, now));
  return tx.AddEvent({0, now, sweep.id, "", 0, "finished", "what was left was deleted"});
}

}  // namespace

absl::StatusOr<Deletion> Coordinator::DeleteSweep(const std::string& sweep,
                                                  const DeleteOptions& options) {
  const absl::Time now = clock_();
  Deletion deletion;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(const Sweep found, view.GetSweep(id));
    FF_TRY(CheckVersion(found, options.if_version));
    FF_TRY(CheckSweepMayGo(view, found));
    FF_TRY_ASSIGN(deletion, Describe(view, found, ""));
    return absl::OkStatus();
  }));
  if (options.dry_run) return deletion;
  // Cancelled from here on, so that nobody resumes what is half gone. A coordinator that ends in
  // between leaves a cancelled sweep with fewer experiments, to be deleted again.
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(const Sweep found, tx.GetSweep(deletion.sweep_id));
    FF_TRY(CheckVersion(found, options.if_version));
    FF_TRY(CheckSweepMayGo(tx, found));
    FF_TRY(tx.SetSweepState(found.id, SweepState::kCancelled, now));
    return tx.AddEvent(
        {0, now, "", "", 0, "sweep_deleted",
         WithAuthor(absl::StrCat("sweep ", found.id, " (", found.name, "): ", Words(deletion)),
                    options.by)});
  }));
  for (bool more = true; more;) {
    FF_TRY(store_->Remove([&](storage::Transaction& tx) -> absl::Status {
      FF_TRY_ASSIGN(more, tx.DeleteSome(deletion.sweep_id, kRowsAtOnce));
      return absl::OkStatus();
    }));
  }
  deletion.done = true;
  return deletion;
}

absl::StatusOr<Deletion> Coordinator::DeleteExperiment(const std::string& sweep,
                                                       const std::string& experiment,
                                                       const DeleteOptions& options) {
  const absl::Time now = clock_();
  Deletion deletion;
  const auto check = [&](storage::View& view) -> absl::StatusOr<Sweep> {
    FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep, experiment));
    FF_TRY_ASSIGN(const Sweep found, view.GetSweep(facts.sweep_id));
    FF_TRY(CheckVersion(found, options.if_version));
    FF_TRY(CheckExperimentMayGo(view, facts));
    FF_TRY_ASSIGN(deletion, Describe(view, found, facts.id));
    return found;
  };
  if (options.dry_run) {
    FF_TRY(store_->Read([&](storage::View& view) { return check(view).status(); }));
    return deletion;
  }
  FF_TRY(store_->Remove([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(const Sweep found, check(tx));
    FF_TRY(tx.DeleteExperiment(found.id, deletion.experiment_id));
    FF_TRY(tx.AddEvent(
        {0, now, found.id, "", 0, "experiment_deleted",
         WithAuthor(absl::StrCat("experiment ", deletion.experiment_id, ": ", Words(deletion)),
                    options.by)}));
    return EndIfOver(tx, found, now);
  }));
  deletion.done = true;
  return deletion;
}

}  // namespace ff::coordinator
