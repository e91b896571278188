#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/analysis/analyze_runs.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/digest.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/run_table.h"
#include "server/coordinator/try.h"
#include "server/scaling/input_digest.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// "N_opt = ... from 48 runs (isoflop, surface)".
std::string Summary(const Analysis& analysis) {
  std::vector<std::string> approaches;
  if (analysis.HasProfiles()) approaches.push_back("isoflop");
  if (analysis.surface) approaches.push_back("surface");
  if (analysis.envelope) approaches.push_back("envelope");
  return absl::StrCat(analysis.fit.n_opt.formula, " from ", analysis.used_runs, " runs (",
                      absl::StrJoin(approaches, ", "), ")");
}

}  // namespace

absl::StatusOr<Analysis> Coordinator::Estimate(const std::string& sweep_id,
                                               const AnalyzeOptions& options) {
  Runs runs;
  Curves curves;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(runs, LoadRuns(view, sweep_id, options.profiles.loss_kind));
    if (!options.envelope) return absl::OkStatus();
    FF_TRY_ASSIGN(curves, LoadCurves(view, sweep_id, options.profiles.loss_kind));
    return absl::OkStatus();
  }));
  if (runs.table.size() == 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "sweep ", sweep_id, " has no finished experiment yet; `ffctl train` runs them"));
  }
  std::string digest = scaling::TableDigest(runs.table);
  FF_TRY_ASSIGN(Analysis analysis, analysis::AnalyzeRuns(std::move(runs.table), curves, options));
  analysis.excluded.insert(analysis.excluded.end(), runs.worse_rates.begin(),
                           runs.worse_rates.end());
  Fit& fit = analysis.fit;
  fit.sweep_id = sweep_id;
  fit.flop_count = runs.flop_count;
  fit.created_at = clock_();
  fit.runs_digest = std::move(digest);
  fit.id = Digest({"ff.fit.v1", sweep_id, fit.runs_digest, fit.method, fit.loss_kind,
                   absl::FormatTime(fit.created_at)});
  return analysis;
}

absl::Status Coordinator::KeepAnalysis(storage::Transaction& tx, const Analysis& analysis) {
  FF_TRY(tx.AddAnalysis(analysis));
  // A law that changes with every few results would drown what else happens.
  if (analysis.fit.live) return absl::OkStatus();
  return tx.AddEvent(
      {0, analysis.fit.created_at, analysis.fit.sweep_id, "", 0, "fitted", Summary(analysis)});
}

absl::StatusOr<Analysis> Coordinator::AnalyzeSweep(const std::string& sweep,
                                                   const AnalyzeOptions& options) {
  std::string sweep_id;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(sweep_id, ResolveSweep(view, sweep));
    return absl::OkStatus();
  }));
  FF_TRY_ASSIGN(Analysis analysis, Estimate(sweep_id, options));
  FF_TRY(store_->Write([&](storage::Transaction& tx) { return KeepAnalysis(tx, analysis); }));
  return analysis;
}

}  // namespace ff::coordinator
