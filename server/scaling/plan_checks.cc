#include "server/scaling/plan_checks.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_format.h"

namespace ff::scaling {
namespace {

// Beyond this the search's integers would come near their end.
constexpr double kLargestModel = 1e14;

absl::Status Invalid(const std::string& message) { return absl::InvalidArgumentError(message); }

// Also refuses NaN and infinity.
bool Positive(double value) { return value > 0 && value < std::numeric_limits<double>::infinity(); }

absl::Status CheckCompute(const ComputeSpec& c) {
  if (!Positive(c.min_flops) || !Positive(c.max_flops)) {
    return Invalid("compute.min_flops and compute.max_flops must be positive and finite");
  }
  if (c.min_flops > c.max_flops) {
    return Invalid(absl::StrFormat("compute.min_flops (%g) is above compute.max_flops (%g)",
                                   c.min_flops, c.max_flops));
  }
  if (c.num_budgets < 1 || c.num_model_sizes < 1) {
    return Invalid("compute.num_budgets and compute.num_model_sizes must be at least 1");
  }
  if ((c.num_budgets == 1) != (c.min_flops == c.max_flops)) {
    return Invalid(absl::StrFormat(
        "compute.num_budgets is %d but compute.min_flops is %g and compute.max_flops %g: one "
        "budget needs them equal, several need them different",
        c.num_budgets, c.min_flops, c.max_flops));
  }
  if (c.flop_count != "six_nd" && c.flop_count != "exact") {
    return Invalid("compute.flop_count must be six_nd or exact, not '" + c.flop_count + "'");
  }
  return absl::OkStatus();
}

absl::Status CheckGrid(const GridSpec& g) {
  if (!Positive(g.min_size) || !Positive(g.max_size) || g.min_size > g.max_size) {
    return Invalid(
        absl::StrFormat("model.min_size (%g) and model.max_size (%g) must be positive, the first "
                        "at most the second",
                        g.min_size, g.max_size));
  }
  if (g.max_size > kLargestModel) {
    return Invalid(absl::StrFormat("model.max_size (%g) is above %g", g.max_size, kLargestModel));
  }
  if (g.grid == "bounds") return absl::OkStatus();
  if (g.grid != "centred") {
    return Invalid("model.grid must be centred or bounds, not '" + g.grid + "'");
  }
  if (!Positive(g.tokens_per_param) || !Positive(g.exponent) || !(g.width > 1)) {
    return Invalid(
        "model.tokens_per_param and model.exponent must be positive and model.width above 1");
  }
  return absl::OkStatus();
}

absl::Status CheckArchitecture(const ArchitectureSpec& a) {
  if (a.d_model_multiple < 1 || a.ffn_multiple < 1) {
    return Invalid(
        "architecture.d_model_multiple and architecture.ffn_multiple must be at least 1");
  }
  if (a.min_layers < 1 || a.min_layers > a.max_layers) {
    return Invalid(absl::StrFormat(
        "architecture.min_layers (%d) must be at least 1 and at most architecture.max_layers (%d)",
        a.min_layers, a.max_layers));
  }
  if (a.head_options.empty() ||
      *std::min_element(a.head_options.begin(), a.head_options.end()) < 1) {
    return Invalid("architecture.head_options needs at least one number, each at least 1");
  }
  if (!Positive(a.aspect_ratio) || !Positive(a.ffn_ratio) || !(a.size_tolerance >= 0)) {
    return Invalid(
        "architecture.aspect_ratio and architecture.ffn_ratio must be positive, "
        "architecture.size_tolerance at least 0");
  }
  return absl::OkStatus();
}

absl::Status CheckRecipe(const SweepSpec& spec) {
  const Plan& recipe = spec.recipe;
  if (recipe.shape.vocab_size < 2 || recipe.shape.seq_len < 1 || recipe.batch_size < 1) {
    return Invalid(
        "model.vocab_size must be at least 2, dataset.seq_len and trainer.batch_size at least 1");
  }
  if (recipe.accumulation_steps < 1 || recipe.accumulation_steps > recipe.batch_size) {
    return Invalid(absl::StrFormat(
        "trainer.accumulation_steps (%d) must be between 1 and trainer.batch_size (%d)",
        recipe.accumulation_steps, recipe.batch_size));
  }
  if (!(spec.warmup_ratio >= 0 && spec.warmup_ratio <= 1)) {
    return Invalid("trainer.warmup_ratio must lie between 0 and 1");
  }
  if (recipe.mode != "synthetic" && spec.dataset.tokens < 1) {
    return Invalid(
        "no dataset: set dataset.path to a text or token file, or mode to synthetic for a sweep "
        "without training");
  }
  return absl::OkStatus();
}

absl::Status CheckLearningRate(const LrScheduleSpec& lr, double learning_rate) {
  if (lr.rule == "constant") {
    return Positive(learning_rate) ? absl::OkStatus()
                                   : Invalid("trainer.learning_rate must be positive");
  }
  if (lr.rule != "power") {
    return Invalid("lr_schedule.rule must be constant or power, not '" + lr.rule + "'");
  }
  if (!Positive(lr.base_lr) || !Positive(lr.base_size)) {
    return Invalid("lr_schedule.base_lr and lr_schedule.base_size must be positive");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSweepSpec(const SweepSpec& spec) {
  if (absl::Status s = CheckCompute(spec.compute); !s.ok()) return s;
  if (absl::Status s = CheckGrid(spec.grid); !s.ok()) return s;
  if (absl::Status s = CheckArchitecture(spec.architecture); !s.ok()) return s;
  if (spec.tokens.min_tokens_per_param > spec.tokens.max_tokens_per_param) {
    return Invalid(absl::StrFormat(
        "tokens.min_tokens_per_param (%g) is above tokens.max_tokens_per_param (%g)",
        spec.tokens.min_tokens_per_param, spec.tokens.max_tokens_per_param));
  }
  if (absl::Status s = CheckRecipe(spec); !s.ok()) return s;
  return CheckLearningRate(spec.lr_schedule, spec.recipe.learning_rate);
}

double TrainingTokensAvailable(const SweepSpec& spec) {
  const bool reads_nothing = spec.recipe.mode == "synthetic" && spec.dataset.tokens == 0;
  if (spec.tokens.allow_repeat || reads_nothing) return std::numeric_limits<double>::infinity();
  return (1 - spec.recipe.val_fraction) * static_cast<double>(spec.dataset.tokens);
}

}  // namespace ff::scaling
