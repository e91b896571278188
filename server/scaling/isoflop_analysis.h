// From results to a law: an optimum for each budget, then power laws of the optima in
// compute (Hoffmann et al. 2022, approach 2), with bootstrap intervals.
// Pure and deterministic given options.seed.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/domain/fit.h"

namespace ff::scaling {

// One finished (or failed, loss NaN) experiment as the analysis sees it.
struct RunPoint {
  std::string experiment_id;
  int budget_index = 0;
  double compute_budget = 0;  // FLOP; runs of one budget share it exactly
  double parameters = 0;
  double tokens = 0;
  double loss = 0;
};

// Fills all of Fit but id, sweep_id, created_at and flop_count, which the caller knows.
// options.resamples 0: every interval is {0, 0} and draws is empty.
// INVALID_ARGUMENT: unknown method, confidence outside (0, 1), negative resamples.
// FAILED_PRECONDITION: fewer than three budgets have a usable optimum; the message lists
// each budget with its reason (too few runs, minimum at the edge, no minimum).
absl::StatusOr<Fit> AnalyzeIsoflop(absl::Span<const RunPoint> runs, const AnalysisOptions& options);

// Intervals are percentiles of the laws drawn, at fit.confidence; {0, 0} without draws.
// INVALID_ARGUMENT: target_flops not positive and finite. FAILED_PRECONDITION: a fit without
// laws or optima.
absl::StatusOr<Prediction> Predict(const Fit& fit, double target_flops);

}  // namespace ff::scaling
