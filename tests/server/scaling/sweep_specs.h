// Sweep specs for tests: a sound one, and random ones within what conf/ allows.
#pragma once

#include <random>

#include "server/domain/sweep.h"

namespace ff::scaling {

inline SweepSpec SoundSpec() {
  SweepSpec spec;
  spec.compute = {.min_flops = 1e12,
                  .max_flops = 1e14,
                  .num_budgets = 5,
                  .num_model_sizes = 7,
                  .flop_count = "six_nd"};
  spec.grid = {.min_size = 1e4,
               .max_size = 1e8,
               .grid = "centred",
               .tokens_per_param = 20,
               .exponent = 0.5,
               .width = 16};
  spec.architecture = {.d_model_multiple = 8,
                       .min_layers = 1,
                       .max_layers = 12,
                       .head_options = {1, 2, 4, 8},
                       .aspect_ratio = 24,
                       .ffn_ratio = 4,
                       .ffn_multiple = 8,
                       .size_tolerance = 0.02};
  spec.tokens = {.min_tokens_per_param = 0.1,
                 .max_tokens_per_param = 1e4,
                 .min_steps = 10,
                 .allow_repeat = false};
  spec.lr_schedule = {.rule = "constant", .base_lr = 3e-4, .base_size = 1e7, .lr_power = 0.1};
  spec.recipe.mode = "synthetic";
  spec.recipe.shape.vocab_size = 256;
  spec.recipe.shape.seq_len = 128;
  spec.recipe.batch_size = 8;
  spec.recipe.learning_rate = 0.5;
  spec.recipe.scheduler = "cosine";
  spec.recipe.dtype = "float32";
  spec.recipe.seed = 42;
  spec.phases.warmup_ratio = 0.1;
  return spec;
}

template <typename T>
T Pick(std::mt19937* random, std::initializer_list<T> values) {
  return *(values.begin() + (*random)() % values.size());
}

inline SweepSpec RandomSpec(std::mt19937* random) {
  SweepSpec spec = SoundSpec();
  spec.compute.min_flops = Pick(random, {1e10, 3e11, 2.5e12, 1e14});
  spec.compute.max_flops = spec.compute.min_flops * Pick(random, {10.0, 100.0, 3000.0});
  spec.compute.num_budgets = Pick(random, {2, 3, 6});
  spec.compute.num_model_sizes = Pick(random, {1, 5, 8});
  spec.compute.flop_count = Pick<const char*>(random, {"six_nd", "exact"});
  spec.grid.grid = Pick<const char*>(random, {"centred", "bounds"});
  spec.grid.min_size = Pick(random, {5e3, 5e4, 5e5});
  spec.grid.max_size = spec.grid.min_size * Pick(random, {30.0, 1000.0});
  spec.architecture.d_model_multiple = Pick(random, {4, 8, 16, 64});
  spec.architecture.min_layers = Pick(random, {1, 2, 4});
  spec.architecture.ffn_ratio = Pick(random, {2.0, 2.75, 4.0});
  spec.architecture.ffn_multiple = Pick(random, {1, 8, 32});
  spec.architecture.size_tolerance = Pick(random, {0.005, 0.02, 0.05});
  spec.recipe.shape.vocab_size = Pick<int64_t>(random, {65, 256, 5000});
  spec.recipe.shape.seq_len = Pick<int64_t>(random, {32, 128, 1024});
  spec.recipe.shape.tied_head = Pick(random, {false, true});
  spec.recipe.parametrization = spec.recipe.shape.tied_head ? "sp" : "u-mup";
  spec.recipe.shape.norm_gains = Pick(random, {false, true});
  spec.recipe.batch_size = Pick<int64_t>(random, {1, 16, 64});
  spec.lr_schedule.rule = Pick<const char*>(random, {"constant", "power"});
  spec.dataset.tokens = Pick<int64_t>(random, {0, 40'000'000});
  spec.recipe.val_fraction = 0.05;
  return spec;
}

}  // namespace ff::scaling
