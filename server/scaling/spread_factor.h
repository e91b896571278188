// Drawing runs with replacement overstates the spread of a robust law of few runs: the density
// of residuals near zero, on which it rests, is estimated from too few of them (Huber and LAD on
// 54 runs with Gaussian noise: a third too wide). How much is measured on sweeps like this one:
// the law found, at the same N and D, with residuals drawn from its own. Thread-safe.
#pragma once

#include "server/domain/law_fit.h"
#include "server/scaling/law_problem.h"
#include "server/scaling/law_search.h"

namespace ff::scaling {

// What deviations of the bootstrap's draws from the law are to be multiplied by: s / d, where s is
// how far the law itself moves between 1,024 such sweeps and d how far 64 draws of runs move it
// within each of 24 of them (ranges of the middle eight tenths, geometric mean over the
// parameters), plus its sampling error of 0.03. Between 0.5 and 1; 1 where it cannot be found.
// Whole up to 100 runs, fading to no correction at 200.
// Deterministic given `seed`, on any number of threads.
double SpreadFactor(const LawProblem& problem, const LocalOptimum& at, uint64_t seed, int threads);

}  // namespace ff::scaling
