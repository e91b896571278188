// What each approach predicts for an amount of compute, side by side. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/analysis.h"

namespace ff::analysis {

// isoflop, surface, envelope: those there are. INVALID_ARGUMENT: target not positive and
// finite. FAILED_PRECONDITION: no approach has an optimum.
absl::StatusOr<std::vector<MethodPrediction>> PredictAll(const Analysis& analysis,
                                                         double target_flops);

// "surface and isoflop differ by a factor 1.3 in N at 1e21 FLOP; their intervals do not
// overlap". Empty where fewer than two approaches predicted or N agrees within 10 %.
std::string Disagreement(const std::vector<MethodPrediction>& predictions);

// Largest budget that has an optimum; without budgets the largest run's compute. FLOP; 0: none.
double LargestCompute(const Analysis& analysis);

}  // namespace ff::analysis
