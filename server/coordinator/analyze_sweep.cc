#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/analysis/analyze_runs.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/digest.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/run_points.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// The defaults of conf/analyzer.yaml, for the fit that a finished sweep gets by itself.
AnalyzeOptions DefaultOptions() {
  AnalyzeOptions options;
  AnalysisOptions& profiles = options.profiles;
  profiles.method = "quadratic";
  profiles.min_r_squared = 0.85;
  profiles.loss_kind = "validation";
  profiles.resamples = 4000;
  profiles.confidence = 0.95;
  profiles.seed = 42;
  profiles.leave_one_out = true;
  profiles.expected_exponent = 0.5;
  profiles.exponent_tolerance = 0.15;
  LawOptions& law = options.law;
  law.seed = profiles.seed;
  law.min_r_squared = profiles.min_r_squared;
  law.expected_exponent = profiles.expected_exponent;
  law.exponent_tolerance = profiles.exponent_tolerance;
  return options;
}

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

absl::StatusOr<Analysis> Coordinator::AnalyzeSweep(const std::string& sweep,
                                                   const AnalyzeOptions& options) {
  std::string sweep_id;
  Runs runs;
  Curves curves;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(sweep_id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(runs, LoadRuns(view, sweep_id, options.profiles.loss_kind));
    if (!options.envelope) return absl::OkStatus();
    FF_TRY_ASSIGN(curves, LoadCurves(view, sweep_id));
    return absl::OkStatus();
  }));
  if (runs.table.size() == 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "sweep ", sweep_id, " has no finished experiment yet; `ffctl train` runs them"));
  }
  FF_TRY_ASSIGN(Analysis analysis, analysis::AnalyzeRuns(std::move(runs.table), curves, options));
  Fit& fit = analysis.fit;
  fit.sweep_id = sweep_id;
  fit.flop_count = runs.flop_count;
  fit.created_at = clock_();
  fit.id = Digest({"ff.fit.v1", sweep_id, fit.input_digest, fit.method, fit.loss_kind,
                   absl::FormatTime(fit.created_at)});
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY(tx.AddAnalysis(analysis));
    return tx.AddEvent({0, fit.created_at, sweep_id, "", 0, "fitted", Summary(analysis)});
  }));
  return analysis;
}

absl::Status Coordinator::RefitSweep(const std::string& sweep_id) {
  const absl::Status fitted = AnalyzeSweep(sweep_id, DefaultOptions()).status();
  if (fitted.ok() || absl::IsUnavailable(fitted)) return fitted;
  return store_->Write([&](storage::Transaction& tx) {
    return tx.AddEvent({0, clock_(), sweep_id, "", 0, "not_fitted", std::string(fitted.message())});
  });
}

absl::Status Coordinator::RefitSweeps(const std::vector<std::string>& sweep_ids) {
  for (const std::string& id : sweep_ids) FF_TRY(RefitSweep(id));
  return absl::OkStatus();
}

}  // namespace ff::coordinator
