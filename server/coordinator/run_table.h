// A sweep's experiments as the analysis sees them: finished runs as a table, their training
// curves, and what was measured of one. Pure but for the view.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/analysis.h"
#include "server/domain/run_table.h"
#include "server/scaling/isoflop_analysis.h"
#include "server/storage/store.h"

namespace ff::coordinator {

struct Runs {
  RunTable table;          // finished experiments; failed ones with loss NaN
  std::string flop_count;  // what compute means in this sweep
  // Of several learning rates the worse ones, which are not in the table.
  std::vector<ExcludedRun> worse_rates;
};

// `loss_kind`: validation | training; else INVALID_ARGUMENT. Compute is what was spent by the
// sweep's own count, the budget what it was planned for.
absl::StatusOr<Runs> LoadRuns(storage::View& view, const std::string& sweep_id,
                              const std::string& loss_kind);

// The runs by budget, as figures and profiles want them: usable ones with their budget's
// compute as the analysis takes it (the mean of its runs'); others are left out.
std::vector<scaling::RunPoint> PointsOf(const RunTable& table);

// What was measured of an experiment; of a result that was taken over, where it was trained.
absl::StatusOr<std::vector<Measurement>> MeasurementsOf(storage::View& view,
                                                        const Experiment& experiment);
// The same at the price of what is drawn: at most `points` of each kind, of long curves chosen
// among the extremes of their spans; step, tokens, FLOP, loss and seconds alone.
absl::StatusOr<std::vector<Measurement>> ThinnedMeasurementsOf(storage::View& view,
                                                               const Experiment& experiment,
                                                               int points);

// Training curves of the finished experiments for the envelope: measured validation losses
// where runs have them, else training losses; at most 1000 points a run.
// Of several learning rates the best alone.
absl::StatusOr<Curves> LoadCurves(storage::View& view, const std::string& sweep_id,
                                  const std::string& loss_kind);

}  // namespace ff::coordinator
