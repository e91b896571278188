#include "server/scaling/plan_checks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/scaling/prior_optimum.h"
#include "server/scaling/size_grid.h"
#include "server/scaling/training_flops.h"

namespace ff::scaling {
namespace {

// Beyond this the search's integers would come near their end.
constexpr double kLargestModel = 1e14;
// A finer grid asks for sizes that no shapes tell apart.
constexpr double kSmallestStep = 1.02;

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
  if (!IsFlopCount(c.flop_count)) {
    return Invalid(absl::StrCat("compute.flop_count must be one of ",
                                absl::StrJoin(FlopCounts(), ", "), ", not '", c.flop_count, "'"));
  }
  for (const std::string& cell : c.extra_cells) {
    const size_t at = cell.find('@');
    double size = 0;
    if (at != cell.npos && absl::SimpleAtod(cell.substr(at + 1), &size) && size > kLargestModel) {
      return Invalid(absl::StrFormat("compute.extra_cells: '%s' has more than %g parameters", cell,
                                     kLargestModel));
    }
  }
  return AllBudgets(c).status();
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
  if (g.step != 0 && !(g.step >= kSmallestStep && g.step <= g.width)) {
    return Invalid(absl::StrFormat(
        "model.step (%g) must be 0 or a ratio of neighbouring sizes between %g and model.width "
        "(%g)",
        g.step, kSmallestStep, g.width));
  }
  return absl::OkStatus();
}

absl::Status CheckPrior(const SweepSpec& spec) {
  if (spec.grid.grid != "centred") return absl::OkStatus();
  const absl::StatusOr<PriorLaw> law = PriorLawOf(spec);
  if (!law.ok()) return law.status();
  if (!Positive(law->coefficient) || !Positive(law->exponent)) {
    return Invalid("prior.coefficient and prior.exponent must be positive and finite");
  }
  const double smallest = PriorOptimum(spec, spec.compute.min_flops);
  const double largest = PriorOptimum(spec, spec.compute.max_flops);
  if (largest * std::sqrt(spec.grid.width) > kLargestModel || smallest < 1) {
    return Invalid(absl::StrFormat(
        "the prior (%s) expects best sizes from %g to %g parameters; check prior and compute",
        law->origin, smallest, largest));
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

absl::Status CheckPhases(const PhaseSpec& phases, const std::string& scheduler) {
  if (!(phases.warmup_ratio >= 0 && phases.warmup_ratio <= 1)) {
    return Invalid("trainer.warmup_ratio must lie between 0 and 1");
  }
  if (phases.warmup_steps > 0 && phases.warmup_tokens > 0) {
    return Invalid(absl::StrFormat(
        "trainer.warmup_steps (%d) and trainer.warmup_tokens (%d) both say how long the warm-up "
        "is; set one of them to 0",
        phases.warmup_steps, phases.warmup_tokens));
  }
  if (scheduler == "wsd" && !(phases.decay_ratio > 0 && phases.decay_ratio <= 1)) {
    return Invalid("trainer.decay_ratio must lie above 0 and at most at 1");
  }
  return absl::OkStatus();
}

// What the trainer would refuse of every experiment, said before any is made.
absl::Status CheckParametrization(const Plan& recipe) {
  if (recipe.shape.tied_head && recipe.parametrization != "sp") {
    return Invalid("model.tie_embeddings needs model.parametrization sp, not '" +
                   recipe.parametrization +
                   "': there embedding and output layer start and learn differently");
  }
  if (recipe.parametrization == "mup-simple" && !recipe.shape.norm_gains) {
    return Invalid(
        "model.parametrization mup-simple has trainable norms; set model.norm_gains=true");
  }
  if (!(recipe.dropout >= 0 && recipe.dropout < 1)) {
    return Invalid("model.dropout must lie in [0, 1)");
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
  if (absl::Status s = CheckPhases(spec.phases, recipe.scheduler); !s.ok()) return s;
  if (absl::Status s = CheckParametrization(recipe); !s.ok()) return s;
  if (recipe.mode != "synthetic" && spec.dataset.tokens < 1) {
    return Invalid(
        "no dataset: set dataset.path to a text or token file, or mode to synthetic for a sweep "
        "without training");
  }
  return absl::OkStatus();
}

absl::Status CheckBatch(const BatchScheduleSpec& batch) {
  if (batch.rule.empty() || batch.rule == "constant") return absl::OkStatus();
  if (batch.rule != "power_compute" && batch.rule != "power_tokens") {
    return Invalid("batch_schedule.rule must be constant, power_compute or power_tokens, not '" +
                   batch.rule + "'");
  }
  if (!Positive(batch.base_batch_tokens) || !Positive(batch.base_flops) ||
      !Positive(batch.base_tokens)) {
    return Invalid("batch_schedule.base_batch_tokens, base_flops and base_tokens must be positive");
  }
  if (batch.multiple < 1 || batch.min_batch < 1 || batch.min_batch > batch.max_batch) {
    return Invalid(absl::StrFormat(
        "batch_schedule.min_batch (%d) must be at least 1 and at most batch_schedule.max_batch "
        "(%d), batch_schedule.multiple at least 1",
        batch.min_batch, batch.max_batch));
  }
  return absl::OkStatus();
}

absl::Status CheckLearningRate(const LrScheduleSpec& lr, const Plan& recipe) {
  std::set<double> rates;
  for (const double rate : lr.sweep) {
    if (!Positive(rate)) return Invalid("lr_schedule.sweep: every rate must be positive");
    if (!rates.insert(rate).second) {
      return Invalid(absl::StrFormat("lr_schedule.sweep names %g twice", rate));
    }
  }
  if (lr.rule == "constant" || lr.rule == "umup") {
    if (lr.sweep.empty() && !Positive(recipe.learning_rate))
      return Invalid("trainer.learning_rate must be positive");
    if (lr.rule == "umup" && recipe.parametrization != "u-mup") {
      return Invalid("lr_schedule.rule umup needs model.parametrization u-mup, not '" +
                     recipe.parametrization +
                     "': under another the best learning rate moves with the size");
    }
    return absl::OkStatus();
  }
  if (lr.rule != "power" && lr.rule != "power_compute" && lr.rule != "power_tokens") {
    return Invalid(
        "lr_schedule.rule must be constant, power, power_compute, power_tokens or umup, not '" +
        lr.rule + "'");
  }
  const double base = lr.rule == "power"           ? lr.base_size
                      : lr.rule == "power_compute" ? lr.base_flops
                                                   : lr.base_tokens;
  if ((lr.sweep.empty() && !Positive(lr.base_lr)) || !Positive(base)) {
    return Invalid(
        "lr_schedule.base_lr and lr_schedule.base_size, base_flops or base_tokens must be "
        "positive");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSweepSpec(const SweepSpec& spec) {
  if (absl::Status s = CheckCompute(spec.compute); !s.ok()) return s;
  if (absl::Status s = CheckGrid(spec.grid); !s.ok()) return s;
  if (absl::Status s = CheckPrior(spec); !s.ok()) return s;
  if (absl::Status s = CheckArchitecture(spec.architecture); !s.ok()) return s;
  if (spec.tokens.max_steps != 0 && spec.tokens.max_steps < spec.tokens.min_steps) {
    return Invalid(absl::StrFormat("tokens.min_steps (%d) is above tokens.max_steps (%d)",
                                   spec.tokens.min_steps, spec.tokens.max_steps));
  }
  if (spec.tokens.min_tokens_per_param > spec.tokens.max_tokens_per_param) {
    return Invalid(absl::StrFormat(
        "tokens.min_tokens_per_param (%g) is above tokens.max_tokens_per_param (%g)",
        spec.tokens.min_tokens_per_param, spec.tokens.max_tokens_per_param));
  }
  if (absl::Status s = CheckRecipe(spec); !s.ok()) return s;
  if (absl::Status s = CheckBatch(spec.batch_schedule); !s.ok()) return s;
  return CheckLearningRate(spec.lr_schedule, spec.recipe);
}

double TrainingTokensAvailable(const SweepSpec& spec) {
  const bool reads_nothing = spec.recipe.mode == "synthetic" && spec.dataset.tokens == 0;
  if (spec.tokens.allow_repeat || reads_nothing) return std::numeric_limits<double>::infinity();
  return (1 - spec.recipe.val_fraction) * static_cast<double>(spec.dataset.tokens);
}

}  // namespace ff::scaling
