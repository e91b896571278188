// Ceres's door for laws: the published point estimates are polished by Ceres's BFGS on the
// analytic gradient, independently of the project's own Newton iteration, which then has to
// end at the same value. Exceptions and Ceres types stay behind it. Thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "server/scaling/newton.h"

namespace ff::scaling {

// Minimises from `parameters`, which then hold the best point; returns its value.
// INTERNAL: Ceres gave no usable point; the message is Ceres's.
absl::StatusOr<double> PolishWithCeres(const Objective& objective, double* parameters);

}  // namespace ff::scaling
