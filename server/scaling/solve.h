// The only door to Ceres: straight lines by robust least squares, and laws whose published point
// estimates are polished by Ceres's BFGS on the analytic gradient, independently of the project's
// own Newton iteration, which then has to end at the same value. Exceptions and Ceres types
// stay behind it. Thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace ff::scaling {

class Objective;  // newton.h

struct Line {
  double intercept = 0, slope = 0;  // y = intercept + slope * x
};

// Minimises sum rho((y - intercept - slope x)^2) from `start`, with rho Huber's loss of
// residuals beyond `huber_delta` (in units of y), or the plain square where that is 0.
// INVALID_ARGUMENT: fewer than two points or x and y of different length.
// INTERNAL: Ceres found no solution; the message is Ceres's.
absl::StatusOr<Line> SolveLine(absl::Span<const double> x, absl::Span<const double> y,
                               const Line& start, double huber_delta);

// Minimises from `parameters`, which then hold the best point; returns its value.
// INTERNAL: Ceres gave no usable point; the message is Ceres's.
absl::StatusOr<double> PolishWithCeres(const Objective& objective, double* parameters);

}  // namespace ff::scaling
