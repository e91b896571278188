// Approach 1 of Hoffmann et al. 2022: of all training curves, the lowest loss at each of
// 1,500 evenly spaced log C, and power laws through the sizes and tokens that reach it.
// Known to lean on the learning-rate schedule: a curve not decayed to its end lies too high
// before it, so schedules matched to each run's length are assumed. Pure; thread-safe.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/domain/law_fit.h"

namespace ff::scaling {

struct EnvelopeOptions {
  int grid = 1500;      // values of C between the first and the last that two curves share
  double smooth = 0.1;  // width in ln C of the running median of each curve; 0: none
  bool robust = false, enforce_monotonic = false;
  double min_r_squared = 0, expected_exponent = 0, exponent_tolerance = 0;
  int resamples = 4000;  // of whole runs
  double confidence = 0.95;
  uint64_t seed = 0;
  int threads = 0;
};

// Points of one run in any order; those not positive and finite are left out, and a run
// without two usable points is excluded with the reason. Stretches of C at which the
// smallest or largest model is lowest only because no other was trained there are not used.
// FAILED_PRECONDITION: fewer than three sizes on the envelope.
absl::StatusOr<EnvelopeFit> FitEnvelope(const std::vector<CurveRun>& runs,
                                        absl::Span<const CurvePoint> points,
                                        const EnvelopeOptions& options);

// Intervals from EnvelopeFit::draws. As Predict of isoflop_analysis.h.
absl::StatusOr<Prediction> PredictEnvelope(const EnvelopeFit& fit, double target_flops);

}  // namespace ff::scaling
