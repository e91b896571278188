// A sweep's experiments as the analysis sees them. Pure but for the view.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/scaling/isoflop_analysis.h"
#include "server/storage/store.h"

namespace ff::coordinator {

struct Runs {
  std::vector<scaling::RunPoint> points;  // finished ones; failed ones with loss NaN
  std::string flop_count;                 // what compute means in this sweep
};

// `loss_kind`: validation | training; else INVALID_ARGUMENT.
absl::StatusOr<Runs> LoadRuns(storage::View& view, const std::string& sweep_id,
                              const std::string& loss_kind);

}  // namespace ff::coordinator
