// Bootstrap intervals of an IsoFLOP analysis: the runs are varied, every optimum and every
// law found again, and percentiles taken. Seeded, the same on every machine. Thread-safe.
//
// quadratic: residuals of each budget's parabola are drawn with replacement, after division
//   by sqrt(1 - leverage), which gives back the variance that fitting three coefficients
//   took, and centring; the sizes stay. Draws whose parabola has no minimum inside the
//   measured sizes lose that budget, as the analysis itself would.
//   Of more than 1,000 runs in a budget the coefficients are drawn from the normal limit of that.
// akima, cubic, empirical: these go through their points and leave no residuals, so those of a
//   polynomial of ln N (degree 3, or 2 below five sizes) are drawn the same way and added to it; a
//   draw moves the optimum by as much as the method's optimum of the noisy polynomial lies from
//   that of the polynomial itself. For empirical it is then moved up to half-way to the next size,
//   since the lowest run says no more than that. Porian et al. 2024 add noise to the losses
//   likewise. Of more than 100,000 runs fewer are drawn (4e8 runs in all, 20 times at least), which
//   a warning says.
// Limits: what all runs share (one seed, a learning rate right for some sizes only, a law
// that is no power law) is not in the draws, so intervals are those of noise alone; a budget
// of three runs adds none. With few runs a budget percentiles are somewhat narrow: for 6
// budgets of 8 runs with Gaussian noise, nominal 95 % intervals held the exponents in 93 %
// and a single budget's optimum in 86 % of 200 planted sweeps (the test repeats this).
#pragma once

#include <string>
#include <vector>

#include "server/domain/fit.h"
#include "server/scaling/isoflop_profile.h"

namespace ff::scaling {

// Percentiles (1 - confidence) / 2 and its complement, linear between order statistics.
// {0, 0} for no values; values that are not finite are left out.
Interval PercentileInterval(std::vector<double> values, double confidence);

// Fills draws, resamples and every interval of `fit`, whose optima and laws are in place;
// profiles[i] belongs to fit->optimal_points[i]. Adds warnings where draws lost a budget
// often. Does nothing where options.resamples is 0: intervals then stay {0, 0}.
void AddBootstrap(const std::vector<Profile>& profiles, const AnalysisOptions& options, Fit* fit);

}  // namespace ff::scaling
