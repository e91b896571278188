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

// FAILED_PRECONDITION: fewer than three budgets have a usable optimum; the message lists
// each budget with its reason (too few runs, minimum at the edge, no minimum).
absl::StatusOr<Fit> AnalyzeIsoflop(absl::Span<const RunPoint> runs, const AnalysisOptions& options);

// INVALID_ARGUMENT: target_flops not positive and finite.
absl::StatusOr<Prediction> Predict(const Fit& fit, double target_flops);

}  // namespace ff::scaling
