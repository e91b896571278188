// What a run carries from step to step beside tensors; a checkpoint holds all of it, so a
// resumed run reports what an undisturbed one would have. Plain values.
#pragma once

#include <cstdint>
#include <limits>

namespace ff::trainer {

struct TrainingState {
  int64_t step = 0;  // finished optimizer steps
  double last_loss = std::numeric_limits<double>::quiet_NaN();
  // Of the last tenth of the steps: what final_train_loss is the mean of.
  double tail_loss_sum = 0;
  int64_t tail_steps = 0;
};

}  // namespace ff::trainer
