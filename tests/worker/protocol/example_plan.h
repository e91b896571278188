// A plan in which no two members are alike, so that a swapped name cannot go unseen.
#pragma once

#include "worker/protocol/plan.h"

namespace ff::protocol {

inline Plan ExamplePlan() {
  Plan plan;
  plan.mode = "umup_gpt";
  plan.shape = {3, 64, 4, 2, 172, 256, 128, true, false};
  plan.parameters = 123456, plan.non_embedding_parameters = 107072;
  plan.batch_size = 16, plan.accumulation_steps = 2, plan.steps = 500, plan.tokens = 1024000;
  plan.flops = 7.584e11, plan.flop_count = "six_nd", plan.parametrization = "u-mup";
  plan.alphas = {0.5, 1.5, 2.5, 3.5, 4.5};
  plan.learning_rate = 0.1, plan.scheduler = "cosine", plan.warmup_steps = 25;
  plan.min_lr_ratio = 0.05, plan.weight_decay = 1.0 / 8192, plan.max_grad_norm = 1e-300;
  plan.adam_beta1 = 0.9, plan.adam_beta2 = 0.95, plan.adam_eps = 1e-8;
  plan.seed = 9007199254740993;  // 2^53 + 1: no double
  plan.dtype = "bfloat16";
  plan.log_every = 10, plan.eval_every = 100, plan.eval_tokens = 65536;
  plan.checkpoint_every = 50;
  plan.data_format = "bytes", plan.data_tokens = 39000000, plan.val_fraction = 0.02;
  plan.synthetic = {1.69, 406.4, 0.34, 410.7, 0.28, 0.001, 0.25};
  plan.mup_simple = {0.03, 64, 2048, 0.2, true};
  plan.sp_init = "fan_in", plan.dropout = 0.125, plan.decay_steps = 60, plan.max_loss = 12.5;
  plan.checkpoint_minutes = 7.5, plan.estimated_memory_bytes = 2.5e9;
  plan.branch_steps = {110, 220};
  return plan;
}

}  // namespace ff::protocol
