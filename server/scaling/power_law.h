// Power laws y = k C^a as straight lines in ln C and ln y. A point estimate is solved by
// Ceres; the same line in closed form (or by reweighting, for Huber's loss) serves where
// thousands are needed. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/domain/fit.h"
#include "server/scaling/solve.h"

namespace ff::scaling {

// Ordinary least squares. Two or more points with different x.
Line LeastSquaresLine(absl::Span<const double> x, absl::Span<const double> y);
// Each square counts `weights` times (1/variance, say); weights positive, as many as points.
Line WeightedLine(absl::Span<const double> x, absl::Span<const double> y,
                  absl::Span<const double> weights);

// Slope: median of the slopes of all pairs; intercept: median of y - slope x (Theil 1950,
// Sen 1968). Not moved by a minority of wild points.
Line TheilSenLine(absl::Span<const double> x, absl::Span<const double> y);

// Where Huber's loss bends, in units of ln y: 1.345 standard deviations, which keeps 95 %
// efficiency on Gaussian noise; the deviation is 1.4826 times the median absolute residual
// from the Theil-Sen line, so that outliers do not widen it. Never below 1e-6.
double HuberDelta(absl::Span<const double> x, absl::Span<const double> y);

// The line of least Huber loss by iterative reweighting from Theil-Sen.
Line ReweightedHuberLine(absl::Span<const double> x, absl::Span<const double> y, double delta);

// 1 - SSE / SST of the line; 1 where y does not vary.
double RSquared(const Line& line, absl::Span<const double> x, absl::Span<const double> y);

// `compute` and `values` positive, same length, at least two different compute values.
// `robust`: Huber's loss at HuberDelta instead of squares. Intervals are left empty.
// INTERNAL: the solver failed.
absl::StatusOr<PowerLaw> FitPowerLaw(const std::string& name, absl::Span<const double> compute,
                                     absl::Span<const double> values, bool robust);

std::vector<double> Log(absl::Span<const double> values);

// `values` need not be sorted; the mean of the middle two for even counts; not empty.
double Median(std::vector<double> values);

}  // namespace ff::scaling
