// Which runs of a table can be fitted at all. Nothing is dropped in silence: every run left
// out is listed with its reason. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/run_table.h"
#include "server/scaling/isoflop_analysis.h"

namespace ff::scaling {

struct ScreenedRuns {
  RunTable table;  // usable runs, in their order
  std::vector<ExcludedRun> excluded;
};

// Leaves out runs whose N, D, C or loss is NaN, infinite, zero or negative, and the second
// and later runs of one id (an empty id is no id). A stored budget that is not positive and
// finite counts as none. A table without any usable run is returned empty, not refused.
// INVALID_ARGUMENT: columns of different length.
absl::StatusOr<ScreenedRuns> ScreenRuns(RunTable table);

// Keeps the runs whose cell in `column` is `value`.
// NOT_FOUND: no such column, or no run with that value; the message lists what there is.
absl::Status KeepGroup(const std::string& column, const std::string& value, RunTable* table);

// Budgets: the stored ones where any run has one (runs without are then in none, and a note
// says how many), else clusters of ln C of which none spans more than `log_tolerance`
// (0.1: 10 % between a budget's smallest and largest C). A budget's compute is the mean of
// its runs', or what is stored. The note says which way it was. `table` screened; log_tolerance
// positive.
BudgetGroups GroupBudgets(const RunTable& table, double log_tolerance = 0.1,
                          BudgetCompute compute = BudgetCompute::kMean);

// The runs that are in a budget as AnalyzeIsoflop wants them.
std::vector<RunPoint> RunPoints(const RunTable& table, const BudgetGroups& groups);

// The rows at `rows`, in that order.
RunTable SubTable(const RunTable& table, const std::vector<size_t>& rows);

}  // namespace ff::scaling
