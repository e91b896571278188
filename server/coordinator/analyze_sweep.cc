#include <utility>

#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/digest.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/run_points.h"
#include "server/coordinator/try.h"
#include "server/scaling/isoflop_analysis.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// The defaults of conf/analyzer.yaml, for the fit that a finished sweep gets by itself.
AnalysisOptions DefaultOptions() {
  AnalysisOptions options;
  options.method = "quadratic";
  options.min_r_squared = 0.85;
  options.loss_kind = "validation";
  options.resamples = 1000;
  options.confidence = 0.95;
  options.seed = 42;
  options.leave_one_out = true;
  options.expected_exponent = 0.5;
  options.exponent_tolerance = 0.15;
  return options;
}

}  // namespace

absl::StatusOr<Fit> Coordinator::AnalyzeSweep(const std::string& sweep,
                                              const AnalysisOptions& options) {
  std::string sweep_id;
  Runs runs;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(sweep_id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(runs, LoadRuns(view, sweep_id, options.loss_kind));
    return absl::OkStatus();
  }));
  if (runs.points.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "sweep ", sweep_id, " has no finished experiment yet; `ffctl train` runs them"));
  }
  FF_TRY_ASSIGN(Fit fit, scaling::AnalyzeIsoflop(runs.points, options));
  fit.sweep_id = sweep_id;
  fit.flop_count = runs.flop_count;
  fit.created_at = clock_();
  fit.id = Digest({"ff.fit.v1", sweep_id, fit.input_digest, fit.method, fit.loss_kind,
                   absl::FormatTime(fit.created_at)});
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY(tx.AddFit(fit));
    return tx.AddEvent({0, fit.created_at, sweep_id, "", 0, "fitted",
                        absl::StrCat(fit.n_opt.formula, " from ", fit.runs_used, " runs")});
  }));
  return fit;
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
