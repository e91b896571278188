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

std::vector<double> BaseRates(const SweepSpec& spec) {
  if (!spec.lr_schedule.sweep.empty()) return spec.lr_schedule.sweep;
  const std::string& rule = spec.lr_schedule.rule;
  const bool power = rule == "power" || rule == "power_compute" || rule == "power_tokens";
  return {power ? spec.lr_schedule.base_lr : spec.recipe.learning_rate};
}

void SetPhases(const SweepSpec& spec, Plan* plan) {
  const PhaseSpec& phases = spec.phases;
  const auto steps = static_cast<double>(plan->steps);
  const auto step_tokens = static_cast<double>(plan->batch_size * plan->shape.seq_len);
  plan->warmup_steps = std::llround(phases.warmup_ratio * steps);
  if (phases.warmup_steps > 0) plan->warmup_steps = phases.warmup_steps;
  if (phases.warmup_tokens > 0) {
    plan->warmup_steps = std::llround(static_cast<double>(phases.warmup_tokens) / step_tokens);
  }
  if (plan->scheduler != "wsd") return;
  plan->decay_steps = std::max<int64_t>(1, std::llround(phases.decay_ratio * steps));
}

double LearningRateFor(const SweepSpec& spec, double base, double budget, const Plan& plan) {
  const LrScheduleSpec& lr = spec.lr_schedule;
  const auto power = [&](double anchor, double value) {
    return base * std::pow(anchor / value, lr.lr_power);
  };
  if (lr.rule == "power") return power(lr.base_size, static_cast<double>(plan.parameters));
  if (lr.rule == "power_compute") return power(lr.base_flops, budget);
  if (lr.rule == "power_tokens") return power(lr.base_tokens, static_cast<double>(plan.tokens));
  if (lr.rule != "umup" || plan.batch_size == spec.recipe.batch_size) return base;
  const double growth =
      static_cast<double>(plan.batch_size) / static_cast<double>(spec.recipe.batch_size);
  return base * std::pow(growth, lr.batch_power);
}

}  // namespace ff::scaling
