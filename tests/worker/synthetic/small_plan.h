// A plan of mode synthetic: N = 1000, 64 tokens a step, 2 + 10/sqrt(N) + 20/sqrt(D).
#pragma once

#include "worker/protocol/plan.h"

namespace ff::synthetic {

inline protocol::Plan SmallPlan(int64_t steps, double noise_sd = 0) {
  protocol::Plan plan;
  plan.mode = "synthetic";
  plan.shape.seq_len = 16;
  plan.parameters = 1000, plan.batch_size = 4, plan.steps = steps, plan.tokens = 64 * steps;
  plan.flops = 6e3 * 64 * static_cast<double>(steps);
  plan.log_every = 1, plan.eval_every = 5, plan.checkpoint_every = 5;
  plan.synthetic = {2, 10, 0.5, 20, 0.5, noise_sd, 0};
  return plan;
}

}  // namespace ff::synthetic
