#include "worker/recipe/learning_rate.h"

#include <algorithm>
#include <cmath>

namespace ff::recipe {
namespace {

double StableThenDecay(const Schedule& schedule, int64_t step) {
  const int64_t decayed = step + 1 - (schedule.steps - schedule.decay_steps);
  if (decayed <= 0) return 1;
  const double progress = double(decayed) / double(schedule.decay_steps);
  return schedule.min_ratio + (1 - schedule.min_ratio) * (1 - std::sqrt(progress));
}

}  // namespace

double LearningRateFactor(const Schedule& schedule, int64_t step) {
  if (step < schedule.warmup_steps) return double(step + 1) / double(schedule.warmup_steps);
  if (schedule.kind == "constant") return 1;
  if (schedule.kind == "wsd") return StableThenDecay(schedule, step);
  const int64_t peak_step = std::max<int64_t>(schedule.warmup_steps, 1) - 1;
  const int64_t span = std::max<int64_t>(schedule.steps - 1 - peak_step, 1);
  const double progress = std::min(1.0, double(step - peak_step) / double(span));
  const double falling =
      schedule.kind == "linear" ? 1 - progress : 0.5 * (1 + std::cos(M_PI * progress));
  return schedule.min_ratio + (1 - schedule.min_ratio) * falling;
}

}  // namespace ff::recipe
