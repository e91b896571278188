#include "server/scaling/training_recipe.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace ff::scaling {
namespace {

// Beyond this a count of sequences is no longer a sensible integer.
constexpr double kMostSequences = 1e12;

}  // namespace

Batch BatchFor(const SweepSpec& spec, double budget, double tokens) {
  const BatchScheduleSpec& rule = spec.batch_schedule;
  const Plan& recipe = spec.recipe;
  Batch batch{recipe.batch_size, recipe.accumulation_steps, ""};
  if (rule.rule.empty() || rule.rule == "constant") return batch;
  const double ratio =
      rule.rule == "power_compute" ? budget / rule.base_flops : tokens / rule.base_tokens;
  const double wanted = rule.base_batch_tokens * std::pow(ratio, rule.power) /
                        static_cast<double>(recipe.shape.seq_len);
  const double units = std::round(std::min(wanted, kMostSequences) / rule.multiple);
  batch.sequences = std::max<int64_t>(1, std::llround(units)) * rule.multiple;
  if (batch.sequences < rule.min_batch || batch.sequences > rule.max_batch) {
    batch.silly = absl::StrFormat(
        "a batch of %d sequences by batch_schedule.rule %s, outside batch_schedule.min_batch.."
        "max_batch (%d..%d)",
        batch.sequences, rule.rule, rule.min_batch, rule.max_batch);
  }
  const int64_t micro_batch =
      (recipe.batch_size + recipe.accumulation_steps - 1) / recipe.accumulation_steps;
  batch.accumulation_steps = (batch.sequences + micro_batch - 1) / micro_batch;
  return batch;
}

double LearningRateFor(const SweepSpec& spec, double budget, const Plan& plan) {
  const LrScheduleSpec& lr = spec.lr_schedule;
  if (lr.rule == "power") {
    return lr.base_lr * std::pow(lr.base_size / static_cast<double>(plan.parameters), lr.lr_power);
  }
  if (lr.rule == "power_compute") return lr.base_lr * std::pow(lr.base_flops / budget, lr.lr_power);
  if (lr.rule == "power_tokens") {
    return lr.base_lr * std::pow(lr.base_tokens / static_cast<double>(plan.tokens), lr.lr_power);
  }
  const double base = spec.recipe.learning_rate;
  if (lr.rule != "umup" || plan.batch_size == spec.recipe.batch_size) return base;
  const double growth =
      static_cast<double>(plan.batch_size) / static_cast<double>(spec.recipe.batch_size);
  return base * std::pow(growth, lr.batch_power);
}

}  // namespace ff::scaling
