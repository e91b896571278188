// A small plan that CheckPlan passes, to be bent by tests.
#pragma once

#include "worker/protocol/plan.h"
#include "worker/recipe/parameter_specs.h"

namespace ff::recipe {

inline protocol::Plan SmallPlan(const std::string& parametrization = "u-mup") {
  protocol::Plan plan;
  plan.mode = "umup_gpt";
  plan.shape = {.layers = 2,
                .d_model = 16,
                .heads = 2,
                .kv_heads = 2,
                .d_ff = 40,
                .vocab_size = 256,
                .seq_len = 32};
  plan.batch_size = 4, plan.steps = 10, plan.tokens = 10 * 4 * 32;
  plan.parametrization = parametrization;
  plan.learning_rate = 0.5, plan.scheduler = "cosine", plan.weight_decay = 0.01;
  plan.adam_beta1 = 0.9, plan.adam_beta2 = 0.99, plan.adam_eps = 1e-8;
  plan.dtype = "float32", plan.eval_tokens = 1024;
  plan.parameters = CountParameters(ParameterSpecs(plan));
  return plan;
}

}  // namespace ff::recipe
