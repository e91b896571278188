// What a law fitted to runs is held against: its residuals, each of its runs, its largest
// budgets, another law. Nothing here changes a fit. Pure; thread-safe.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/law_fit.h"

namespace ff::scaling {

// `table` is the one the law was fitted to. Outliers: |standardized| above 4 (listed with
// how many noise_sd off and in which direction; they stay in the fit).
// Warnings: a trend with |t| > 3 against ln N, ln D or ln C (the form does not fit).
Residuals LawResiduals(const RunTable& table, const LawFit& fit);

// Leave-one-out over runs: a new fit without each (warm-started), most influential first; on
// more than 5,000 runs one Newton step for the 5,000 furthest from the law (approximate).
// `shift` is in bootstrap standard errors, or absolute where the fit has no draws. `options`
// as for the fit; INVALID_ARGUMENT where they cannot be.
absl::StatusOr<std::vector<RunInfluence>> LawInfluence(const RunTable& table,
                                                       const LawOptions& options,
                                                       const LawFit& fit);

// Leaves out the largest 1, 2, ... `most` budgets, fits the rest and predicts the runs left
// out. A split that cannot be fitted has a reason instead. The interval is that of a single
// run: draws of the law (options.resamples, 400 at most) and noise_sd.
// FAILED_PRECONDITION: fewer than three budgets.
absl::StatusOr<std::vector<BacktestPoint>> LawBacktest(const RunTable& table,
                                                       const BudgetGroups& groups,
                                                       const LawOptions& options, int most = 3);

// Both laws' exponents, shared parameters and, where target_flops is positive, N, D and loss
// at it. Without draws in both, intervals are {0, 0} and probabilities NaN.
std::vector<LawComparison> CompareLaws(const LawFit& a, const LawFit& b, double target_flops);

// The same for two IsoFLOP fits: exponents of N, D and L, and their values at target_flops.
std::vector<LawComparison> CompareFits(const Fit& a, const Fit& b, double target_flops);

}  // namespace ff::scaling
