// Budgets and wanted model sizes of a sweep, both log-spaced. Values are rounded to twelve
// significant digits, so that a budget or size that two sweeps share is the same double in
// both, whatever the number of budgets it was spaced with. Pure; thread-safe.
#pragma once

#include <vector>

#include "server/domain/sweep.h"

namespace ff::scaling {

// FLOP, ascending; num_budgets values from min_flops to max_flops.
std::vector<double> Budgets(const ComputeSpec& compute);

// The size, in parameters, expected to be best at `budget`: C = 6 N D with
// D = tokens_per_param * N at the smallest budget C0, and N_opt ~ C^exponent from there:
//   N_opt(C) = sqrt(C0 / (6 tokens_per_param)) * (C / C0)^exponent.
double PriorOptimum(const SweepSpec& spec, double budget);

struct SizeGrid {
  std::vector<double> kept;     // parameters, ascending
  std::vector<double> outside;  // centred only: not within min_size..max_size
};

// centred: num_model_sizes values over a factor `width` round the prior optimum; those out
// of bounds are reported, not moved. bounds: min_size..min(max_size, C/6), empty where
// C/6 < min_size.
SizeGrid SizesFor(const SweepSpec& spec, double budget);

}  // namespace ff::scaling
