// Laws fitted to single runs (Hoffmann et al. 2022, approach 3, and relatives). Every fit is
// searched twice: from all 4,500 starts of the Hoffmann grid and by variable projection; the
// two must end at the same objective, and where they do not the fit says so. Thousands of
// resamples need microseconds each, so they and the grid run on an explicit damped Newton
// iteration over vectorized kernels (law_kernel.h); the point estimate is polished and
// confirmed by Ceres. Pure, deterministic by seed whatever the number of threads.
//
// On more than 2,000 runs the grid is searched on 1,000 of them, evenly spread over C, and
// its basins are polished on all; on more than 20,000 the bootstrap is drawn from its normal
// limit (law_bootstrap.h). `notes` says both.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/domain/law_fit.h"

namespace ff::scaling {

// `table` screened (run_screening.h). `groups` is needed for ResampleUnit::kBudgets alone.
// INVALID_ARGUMENT: options that make no sense (delta, confidence, unknown group column).
// FAILED_PRECONDITION: fewer runs than parameters plus one, one distinct (N, D) only, or, with
// enforce_monotonic, a law that does not fall; the message says what to add.
// INTERNAL: no start reached a finite optimum.
// A family that the data cannot tell apart (all runs of one size, ...) is fitted, but
// identifiable is false, not_identifiable says why and a warning repeats it.
absl::StatusOr<LawFit> FitLaw(const RunTable& table, const LawOptions& options,
                              const BudgetGroups* groups = nullptr);

// "hoffmann" | "tied" | "group_offsets" | "kaplan" | "compute" | "gadre"; INVALID_ARGUMENT
// lists them.
absl::StatusOr<LawFamily> ParseLawFamily(const std::string& word);
std::string LawFamilyName(LawFamily family);
// "huber" | "lad" | "squares" | "log_squares".
absl::StatusOr<LossFunction> ParseLossFunction(const std::string& word);
std::string LossFunctionName(LossFunction loss);

// The parameter by its name; NaN where the family has none such.
double ParameterOf(const LawFit& fit, const std::string& name);

// "L = 1.817 + 477.8/N^0.3473 + 2143/D^0.3672".
std::string LawFormula(const LawFit& fit);

// L at N, D. `compute` 0: flops_per_param_token * N * D. Group offsets: the first level's E,
// or that of `level`. `parameters` as in LawFit::parameters (a row of draws, say).
double LossAt(const LawFit& fit, absl::Span<const double> parameters, double n, double d,
              double compute = 0, int level = 0);
double LossAt(const LawFit& fit, double n, double d, double compute = 0, int level = 0);

// N and D of least loss at the budget with C = flops_per_param_token N D, and that loss, each
// with the interval of the bootstrap draws; {0, 0} without draws. kCompute: the loss alone,
// N and D are NaN. Hoffmann: N = G (C/6)^(beta/(alpha+beta)), G = (alpha A/(beta
// B))^(1/(alpha+beta)). INVALID_ARGUMENT: target_flops not positive and finite.
// FAILED_PRECONDITION: a law with no optimum (alpha or beta not positive).
absl::StatusOr<Prediction> PredictLaw(const LawFit& fit, double target_flops);

// PredictLaw at `points` budgets evenly spaced in log C from `low` to `high` FLOP.
absl::StatusOr<std::vector<LawBandPoint>> LawBand(const LawFit& fit, double low, double high,
                                                  int points);

// L at (N, D) with the interval of the law (draws), and, where `with_noise`, with the scatter of
// a single run (noise_sd) added in quadrature of logs. {0, 0} without draws.
Interval LossInterval(const LawFit& fit, double n, double d, bool with_noise);

// z with P(Z <= z) = probability for a standard normal Z.
double NormalQuantile(double probability);

}  // namespace ff::scaling
