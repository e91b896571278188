// Batch size and learning rate of one experiment, by the rules of the configuration. Pure;
// thread-safe.
#pragma once

#include <string>
#include <vector>

#include "server/domain/sweep.h"

namespace ff::scaling {

struct Batch {
  int64_t sequences = 0;           // a step, nearest multiple of batch_schedule.multiple
  int64_t accumulation_steps = 1;  // so that a micro-batch is never larger than the recipe's
  std::string silly;               // why not: outside min_batch..max_batch; empty: fine
};

// constant: the recipe's own. power_compute: base_batch_tokens (C / base_flops)^power tokens a
// step (DeepSeek-AI 2024, section 3.1: 0.2920 C^0.3271). power_tokens: the same with
// D / base_tokens. `tokens`: D as the budget gives it, before it is rounded to whole steps.
Batch BatchFor(const SweepSpec& spec, double budget, double tokens);

// The rates that every model is tried at: lr_schedule.sweep, else the one of the rule.
std::vector<double> BaseRates(const SweepSpec& spec);

// Warm-up and decay of a plan that has its steps and batch_size: warmup_steps, or warmup_tokens
// over the tokens of a step, or warmup_ratio of the steps, rounded; wsd decays in decay_ratio of
// them.
void SetPhases(const SweepSpec& spec, Plan* plan);

// `plan` has parameters, tokens and batch_size; `base` is one of BaseRates, which stands for "the
// recipe's" and for base_lr.
//   constant       the recipe's
//   power          base_lr (base_size / N)^lr_power
//   power_compute  base_lr (base_flops / C)^lr_power (DeepSeek-AI 2024: 0.3118 C^-0.1250)
//   power_tokens   base_lr (base_tokens / D)^lr_power
//   umup           the recipe's at every size, which is what u-muP transfers (Blake et al.
//                  2024), times (batch / recipe's batch)^batch_power: 0.5 is the square-root
//                  rule of Adam (Malladi et al. 2022)
double LearningRateFor(const SweepSpec& spec, double base, double budget, const Plan& plan);

}  // namespace ff::scaling
