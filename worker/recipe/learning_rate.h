// The learning rate over a run: a linear warm-up, then cosine, linear or constant, down to
// a share of the peak. A pure function of the step, so that resuming needs no state.
#pragma once

#include <cstdint>
#include <string>

namespace ff::recipe {

struct Schedule {
  std::string kind;  // cosine | linear | constant
  int64_t warmup_steps = 0, steps = 0;
  double min_ratio = 0;  // at the last step, over the peak; no meaning for constant
};

// Factor of the peak rate in step `step` (0 .. steps - 1). Warm-up step i has (i + 1) / warmup;
// the peak stands at step max(warmup, 1) - 1, min_ratio at the last step.
double LearningRateFactor(const Schedule& schedule, int64_t step);

}  // namespace ff::recipe
