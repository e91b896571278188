// Laws are estimated behind the calls that bring results: a result leaves a mark in the
// database, FitDue takes the marks up one after another, and a mark goes only in the transaction
// that stores the law. So a call never waits for a fit, and a coordinator that was killed while
// fitting begins anew when it is back.
#include <algorithm>
#include <utility>

#include "server/coordinator/coordinator.h"
#include "server/coordinator/run_table.h"
#include "server/coordinator/try.h"
#include "server/scaling/input_digest.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// A law that the next result changes is worth an interval, not its second digit: 400 draws give
// the ends of a 95 % interval to a tenth of its width.
constexpr int kLiveResamples = 400;
// Between two laws of a sweep that goes on, this many times as long as the last one took: one
// core is busy with them for a twentieth of the time at most.
constexpr int kRest = 19;

bool IsOver(SweepState state) {
  return state == SweepState::kFinished || state == SweepState::kCancelled;
}

AnalyzeOptions Live(AnalyzeOptions options) {
  options.profiles.resamples = std::min(options.profiles.resamples, kLiveResamples);
  options.law.resamples = std::min(options.law.resamples, kLiveResamples);
  options.law.threads = 1;  // the machine may be training
  options.influence = false;
  return options;
}

// The newest analysis, if there is one.
absl::StatusOr<std::optional<Analysis>> Stored(storage::View& view, const std::string& sweep_id) {
  absl::StatusOr<Analysis> analysis = view.GetNewestAnalysis(sweep_id);
  if (absl::IsNotFound(analysis.status())) return std::optional<Analysis>();
  if (!analysis.ok()) return analysis.status();
  return std::optional<Analysis>(*std::move(analysis));
}

}  // namespace

absl::StatusOr<Coordinator::Standing> Coordinator::LoadStanding(const std::string& sweep_id) {
  Standing standing;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const Sweep sweep, view.GetSweep(sweep_id));
    standing.over = IsOver(sweep.state);
    standing.options = sweep.analyze.value_or(options_.analyze);
    FF_TRY_ASSIGN(standing.stored, Stored(view, sweep_id));
    const std::string& loss_kind =
        standing.stored ? standing.stored->fit.loss_kind : standing.options.profiles.loss_kind;
    FF_TRY_ASSIGN(const Runs runs, LoadRuns(view, sweep_id, loss_kind));
    standing.digest = scaling::TableDigest(runs.table);
    standing.runs = runs.table.size();
    return absl::OkStatus();
  }));
  return standing;
}

absl::StatusOr<Analysis> Coordinator::EstimateAsAsked(const std::string& sweep_id,
                                                      const Standing& standing) {
  if (standing.over) return Estimate(sweep_id, standing.options);
  FF_TRY_ASSIGN(Analysis analysis, Estimate(sweep_id, Live(standing.options)));
  analysis.fit.live = true;
  return analysis;
}

absl::Status Coordinator::FitOne(const storage::FitDue& due) {
  FF_TRY_ASSIGN(const Standing standing, LoadStanding(due.sweep_id));
  const bool done = standing.IsCurrent() && !(standing.over && standing.stored->fit.live);
  absl::StatusOr<Analysis> analysis = absl::FailedPreconditionError("");
  if (!done) {
    analysis = EstimateAsAsked(due.sweep_id, standing);
    // The mark stays; the next call of FitDue tries again.
    if (absl::IsUnavailable(analysis.status())) return analysis.status();
  }
  return store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY(tx.ClearFitDue(due.sweep_id, due.marks));
    if (analysis.ok()) return KeepAnalysis(tx, *analysis);
    // While a sweep goes on, too few results for a law are nothing to tell.
    if (done || !standing.over || standing.runs == 0) return absl::OkStatus();
    return tx.AddEvent(
        {0, clock_(), due.sweep_id, "", 0, "not_fitted", std::string(analysis.status().message())});
  });
}

absl::Status Coordinator::FitDue() {
  std::vector<storage::FitDue> due;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(due, view.ListFitsDue());
    return absl::OkStatus();
  }));
  absl::Status first_error;
  for (const storage::FitDue& one : due) {
    std::lock_guard<std::mutex> lock(fit_mutex_);
    const absl::Time begin = clock_();
    const auto rests = rests_until_.find(one.sweep_id);
    if (!IsOver(one.sweep_state) && rests != rests_until_.end() && begin < rests->second) continue;
    first_error.Update(FitOne(one));
    const absl::Time end = clock_();
    rests_until_[one.sweep_id] = end + kRest * (end - begin);
  }
  return first_error;
}

absl::StatusOr<Analysis> Coordinator::CurrentAnalysis(const std::string& sweep_id) {
  FF_TRY_ASSIGN(Standing standing, LoadStanding(sweep_id));
  if (standing.IsCurrent()) return *std::move(standing.stored);
  // Of ten figures that are asked for at once, one estimates and nine wait for it.
  std::lock_guard<std::mutex> lock(fit_mutex_);
  FF_TRY_ASSIGN(standing, LoadStanding(sweep_id));
  if (standing.IsCurrent()) return *std::move(standing.stored);
  const auto failed = failed_.find(sweep_id);
  if (failed != failed_.end() && failed->second.first == standing.digest) {
    return failed->second.second;
  }
  absl::StatusOr<Analysis> analysis = EstimateAsAsked(sweep_id, standing);
  if (absl::IsFailedPrecondition(analysis.status())) {
    failed_[sweep_id] = {standing.digest, analysis.status()};
  }
  if (!analysis.ok()) return analysis.status();
  FF_TRY(store_->Write([&](storage::Transaction& tx) { return KeepAnalysis(tx, *analysis); }));
  return analysis;
}

}  // namespace ff::coordinator
