// Bootstrap of a law: runs (or whole budgets) drawn with replacement, the law found again for
// each draw to its tight optimum, started from the full fit's optimum and from every other
// basin of the grid whose objective is less than twice the best. A draw's indices come from
// its own seed, so results do not depend on threads. Above 20,000 runs draws come from the
// bootstrap's normal limit instead, N(theta, H^-1 G H^-1) in internal parameters, with H the
// objective's Hessian and G = sum psi^2 J J'. With options.calibrated the draws of runs are moved
// towards the law by SpreadFactor. Thread-safe.
#pragma once

#include <vector>

#include "server/domain/law_fit.h"
#include "server/scaling/law_problem.h"
#include "server/scaling/law_search.h"

namespace ff::scaling {

inline constexpr size_t kMostResampledRuns = 20000;

// Fills draws, resamples, failed_resamples and the intervals of `fit`, whose parameters are in
// place. `basins`: lowest first, the first being the fit's optimum. `groups`: for budgets.
void AddLawBootstrap(const LawProblem& problem, const std::vector<LocalOptimum>& basins,
                     const LawOptions& options, const BudgetGroups* groups, LawFit* fit);

// The tight optimum under `weights`, from the basins given (the first being the best of the full
// fit); `y`, if not empty, stands for the observations. Its value is not finite where none was
// found.
LocalOptimum FitResample(const LawProblem& problem, const std::vector<LocalOptimum>& basins,
                         const std::vector<double>& weights, const std::vector<double>& y);

// How often each of `rows` runs is drawn in resample `index` of `seed`.
std::vector<double> ResampleWeights(size_t rows, uint64_t seed, uint64_t index);

// The exponents of N_opt and D_opt of one set of parameters; NaN where there are none.
struct OptimumExponents {
  double n, d;
};
OptimumExponents ExponentsOf(LawFamily family, const double* parameters, size_t count);

}  // namespace ff::scaling
