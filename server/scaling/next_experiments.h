// What an experiment not yet run would do for a prediction: by how much the interval at a
// target compute would shrink. Delta method on the fitted law: the parameters' covariance
// is s^2 (J'J)^-1, s the noise of a run as the loss in use feels it, over the runs there are (J:
// derivatives of ln L), each candidate adds a row, and the predicted quantity's variance is g' Cov
// g (c-optimality; Chaloner and Verdinelli 1995). Intervals scale with its square root. Pure;
// thread-safe.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/domain/law_fit.h"

namespace ff::scaling {

enum class NextGoal {
  kLossAtTarget,  // sd of ln L_opt(C)
  kSizeAtTarget,  // sd of ln N_opt(C)
  kExponent,      // sd of N_opt's exponent
};

// The value of each candidate alone, in their order. `table` is the one `fit` was fitted to.
// FAILED_PRECONDITION: the law is not identifiable, has no optimum or no noise to scale by.
// INVALID_ARGUMENT: target not positive and finite, a candidate that is not.
absl::StatusOr<std::vector<CandidateValue>> ValueCandidates(
    const RunTable& table, const LawFit& fit, absl::Span<const CandidateExperiment> candidates,
    NextGoal goal, double target_flops);

// Greedy choice of up to `count` candidates (repeats allowed where `with_repeats`), each the
// one that shrinks the sd most a FLOP^`cost_power` (0: regardless of cost) given those before
// it; sd_before of each is sd_after of the one before.
absl::StatusOr<std::vector<CandidateValue>> ChooseNext(
    const RunTable& table, const LawFit& fit, absl::Span<const CandidateExperiment> candidates,
    NextGoal goal, double target_flops, int count, double cost_power = 0,
    bool with_repeats = false);

}  // namespace ff::scaling
