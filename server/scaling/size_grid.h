// Budgets and wanted model sizes of a sweep, both log-spaced, and the cells asked for one by
// one. Values are rounded to twelve
// significant digits, so that a budget or size that two sweeps share is the same double in
// both, whatever the number of budgets it was spaced with. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/sweep.h"

namespace ff::scaling {

// FLOP, ascending; num_budgets values from min_flops to max_flops.
std::vector<double> Budgets(const ComputeSpec& compute);

// A budget of the sweep: of the grid, or of extra cells, or of both.
struct BudgetCells {
  double flops = 0;
  bool in_grid = false;
  std::vector<double> extra_sizes;  // parameters, ascending
};
// Ascending in FLOP. An extra cell within 1e-9 of a grid's budget belongs to it.
// INVALID_ARGUMENT: an extra cell that is not "FLOP@PARAMETERS", both positive.
absl::StatusOr<std::vector<BudgetCells>> AllBudgets(const ComputeSpec& compute);

// The text of an extra cell; reads back as the same two doubles.
std::string CellText(double flops, double parameters);

struct SizeGrid {
  std::vector<double> kept;     // parameters, ascending
  std::vector<double> outside;  // centred only: not within min_size..max_size
};

// centred: even steps in log N over a factor `width` round the prior optimum: with step 0,
// num_model_sizes of them (an odd number has the optimum itself among them); else those of
// optimum * step^k within the width, an odd number. Sizes out of bounds are reported, not
// moved. bounds: min_size..min(max_size, C/6), empty where
// C/6 < min_size.
SizeGrid SizesFor(const SweepSpec& spec, double budget);

}  // namespace ff::scaling
