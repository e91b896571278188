// The learning rate over a run: a linear warm-up, then cosine, linear or constant, down to
// a share of the peak, or constant with a decay at the end. A pure function of the step, so
// that resuming needs no state.
#pragma once

#include <cstdint>
#include <string>

namespace ff::recipe {

struct Schedule {
  std::string kind;  // cosine | linear | constant | wsd
  int64_t warmup_steps = 0, steps = 0;
  double min_ratio = 0;     // at the last step, over the peak; no meaning for constant
  int64_t decay_steps = 0;  // wsd: the last ones; 0 decays nowhere
};

// Factor of the peak rate in step `step` (0 .. steps - 1). Warm-up step i has (i + 1) / warmup;
// the peak stands at step max(warmup, 1) - 1, min_ratio at the last step.
//
// wsd (warm-up, stable, decay; Hu et al. 2024): the peak up to step steps - decay_steps - 1, then
// min_ratio + (1 - min_ratio) (1 - sqrt(k / decay_steps)) in its k-th step of decay (Haegele et al.
// 2024, section 3). Up to there it knows nothing of `steps`, so runs of different length agree.
double LearningRateFactor(const Schedule& schedule, int64_t step);

}  // namespace ff::recipe
