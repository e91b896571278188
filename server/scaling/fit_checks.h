// What a finished fit is held against: other subsets of its budgets, the exponent that was
// expected, the spread of its points. Checks warn; they never change the law. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "server/domain/fit.h"

namespace ff::scaling {

// Which optima enforce_monotonic keeps: the most that can stay so that N_opt never falls
// while compute grows (a longest non-decreasing subsequence, so one outlier costs itself
// alone). Ascending indices; `points` ascending in compute.
std::vector<size_t> MonotonicPoints(const std::vector<OptimalPoint>& points);

// Adds leave_one_out (N_opt's exponent without each budget, where options ask for it) and
// warnings: R squared under min_r_squared, exponent out of tolerance, one budget that
// decides the exponent, budgets less than a factor 10 apart.
void AddChecks(const AnalysisOptions& options, Fit* fit);

}  // namespace ff::scaling
