// The valley of losses over ln N at one budget without its noise: a polynomial, whose residuals
// say how large the noise is. Pure; thread-safe.
#pragma once

#include <vector>

namespace ff::scaling {

struct Valley {
  std::vector<double> fitted;    // at each run
  std::vector<double> leverage;  // diagonal of the hat matrix; 1: the residual says nothing
};

// By least squares, of degree 3 where five sizes or more leave residuals, else 2, or what fewer
// sizes allow: a loss of two power laws over a factor of 300 in N is a cubic to well below usual
// noise. `log_sizes` ascending, at least one; repeats allowed.
Valley FitValley(const std::vector<double>& log_sizes, const std::vector<double>& losses);

}  // namespace ff::scaling
