#include "server/scaling/isoflop_plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/scaling/memory_estimate.h"
#include "server/scaling/plan_checks.h"
#include "server/scaling/shape_search.h"
#include "server/scaling/size_grid.h"
#include "server/scaling/stable_phase.h"
#include "server/scaling/training_flops.h"
#include "server/scaling/training_recipe.h"

namespace ff::scaling {
namespace {

// Why a cell was left out: `rule` is the key to change, the same for every such cell.
struct Skip {
  std::string rule;
  std::string reason;
};

// Beyond this, counts of tokens would come near the end of 64 bits.
constexpr double kMostTokens = 1e18;
// Times ln(vocabulary), what guessing evenly loses: a loss above is a diverged run's.
constexpr double kHopelessLoss = 3;

void CountFlops(Plan* plan) {
  const auto tokens = static_cast<double>(plan->tokens);
  const auto of = [&](const char* count) { return FlopsPerToken(count, plan->shape) * tokens; };
  plan->flops_six_nd = SixNd(static_cast<double>(plan->parameters), tokens);
  plan->flops_six_nd_non_embedding = of("six_nd_non_embedding");
  plan->flops_exact = of("exact");
  plan->flops_exact_all = of("exact_all");
  plan->flops_chinchilla = of("chinchilla");
  plan->flops = plan->flop_count == "six_nd" ? plan->flops_six_nd : of(plan->flop_count.c_str());
}

// Whole steps nearest to the budget, so at most half a step's FLOP are missing or too many.
Plan MakePlan(const SweepSpec& spec, const ModelShape& shape, double budget, const Batch& batch,
              double base_rate) {
  Plan plan = spec.recipe;
  plan.shape = shape;
  plan.parameters = TotalParameters(shape);
  plan.non_embedding_parameters = NonEmbeddingParameters(shape);
  plan.flop_count = spec.compute.flop_count;
  plan.batch_size = batch.sequences;
  plan.accumulation_steps = batch.accumulation_steps;
  const int64_t step_tokens = plan.batch_size * shape.seq_len;
  plan.steps = std::llround(budget / FlopsPerToken(plan.flop_count, shape) /
                            static_cast<double>(step_tokens));
  plan.tokens = plan.steps * step_tokens;
  CountFlops(&plan);
  plan.learning_rate = LearningRateFor(spec, base_rate, budget, plan);
  SetPhases(spec, &plan);
  if (plan.max_loss == 0) {
    plan.max_loss = kHopelessLoss * std::log(static_cast<double>(shape.vocab_size));
  }
  plan.estimated_memory_bytes = EstimateTrainingMemory(plan, spec.device_kind);
  return plan;
}

// An empty reason: the cell stays.
Skip WhyToSkip(const SweepSpec& spec, const Plan& plan) {
  const TokensSpec& rules = spec.tokens;
  const double ratio = static_cast<double>(plan.tokens) / static_cast<double>(plan.parameters);
  if (plan.steps < 1 || plan.steps < rules.min_steps) {
    return {"tokens.min_steps", absl::StrFormat("only %d steps, fewer than tokens.min_steps (%d)",
                                                plan.steps, rules.min_steps)};
  }
  if (rules.max_steps > 0 && plan.steps > rules.max_steps) {
    return {"tokens.max_steps", absl::StrFormat("%d steps, more than tokens.max_steps (%d)",
                                                plan.steps, rules.max_steps)};
  }
  if (plan.warmup_steps + plan.decay_steps > plan.steps) {
    return {"trainer.warmup_steps, warmup_tokens and decay_ratio",
            absl::StrFormat("%d steps of warm-up and %d of decay, more than its %d steps",
                            plan.warmup_steps, plan.decay_steps, plan.steps)};
  }
  if (ratio < rules.min_tokens_per_param) {
    return {
        "tokens.min_tokens_per_param",
        absl::StrFormat("%.3g tokens per parameter, fewer than tokens.min_tokens_per_param (%g)",
                        ratio, rules.min_tokens_per_param)};
  }
  if (ratio > rules.max_tokens_per_param) {
    return {"tokens.max_tokens_per_param",
            absl::StrFormat("%.4g tokens per parameter, more than tokens.max_tokens_per_param (%g)",
                            ratio, rules.max_tokens_per_param)};
  }
  const double available = TrainingTokensAvailable(spec);
  if (static_cast<double>(plan.tokens) > available) {
    return {"tokens.allow_repeat",
            absl::StrFormat("needs %.4g tokens, the dataset has %.4g for training "
                            "(tokens.allow_repeat=true reads it more than once)",
                            static_cast<double>(plan.tokens), available)};
  }
  if (spec.device_memory_bytes > 0 && plan.estimated_memory_bytes > spec.device_memory_bytes) {
    return {"estimate.device_memory_bytes",
            absl::StrFormat("needs about %.3g GB in training, a device has %.3g GB for a trainer "
                            "(trainer.accumulation_steps splits the batch)",
                            plan.estimated_memory_bytes / 1e9, spec.device_memory_bytes / 1e9)};
  }
  return {};
}

class Planner {
 public:
  explicit Planner(const SweepSpec& spec) : spec_(spec) {}

  void PlanBudget(int index, const BudgetCells& cells) {
    shapes_of_budget_.clear();
    if (cells.in_grid) PlanGrid(index, cells.flops);
    for (const double size : cells.extra_sizes) PlanCell(index, cells.flops, size);
  }

  absl::StatusOr<IsoflopPlan> Finish() {
    if (!plan_.experiments.empty()) {
      // Extra cells stand among their budget's sizes.
      std::stable_sort(plan_.experiments.begin(), plan_.experiments.end(),
                       [](const PlannedExperiment& a, const PlannedExperiment& b) {
                         return std::tie(a.budget_index, a.target_parameters) <
                                std::tie(b.budget_index, b.target_parameters);
                       });
      if (spec_.phases.share_stable_phase) plan_.shared = ShareStablePhases(&plan_.experiments);
      return std::move(plan_);
    }
    const Skip* commonest = nullptr;
    int most = 0;
    for (const auto& [rule, count_and_first] : skips_) {
      if (count_and_first.first <= most) continue;
      most = count_and_first.first;
      commonest = &count_and_first.second;
    }
    return absl::FailedPreconditionError(absl::StrFormat(
        "nothing to train: all %d cells were left out, %d of them for %s; for example: %s",
        plan_.dropped.size(), most, commonest->rule, commonest->reason));
  }

 private:
  void PlanGrid(int index, double budget) {
    const SizeGrid sizes = SizesFor(spec_, budget);
    for (const double target : sizes.outside) {
      Drop(budget, target,
           {"model.min_size and model.max_size",
            absl::StrFormat("size outside model.min_size..model.max_size (%g..%g)",
                            spec_.grid.min_size, spec_.grid.max_size)});
    }
    if (sizes.kept.empty() && sizes.outside.empty()) {
      Drop(budget, spec_.grid.min_size,
           {"model.min_size", absl::StrFormat("budget too small for any size: C/6 = %.4g is below "
                                              "model.min_size (%g)",
                                              budget / 6, spec_.grid.min_size)});
    }
    for (const double target : sizes.kept) PlanCell(index, budget, target);
  }

  void PlanCell(int index, double budget, double target) {
    const auto shape = FindShape(target, spec_.architecture, spec_.recipe.shape);
    if (!shape.ok()) {
      return Drop(budget, target,
                  {"architecture.size_tolerance", std::string(shape.status().message())});
    }
    for (const auto& [earlier, its_target] : shapes_of_budget_) {
      if (earlier == *shape) {
        return Drop(budget, target,
                    {"architecture.d_model_multiple",
                     absl::StrFormat("same shape as the size %.4g of this budget", its_target)});
      }
    }
    shapes_of_budget_.emplace_back(*shape, target);
    const double tokens = budget / FlopsPerToken(spec_.compute.flop_count, *shape);
    if (tokens > kMostTokens) {
      return Drop(budget, target, {"compute.max_flops", "needs more than 1e18 tokens"});
    }
    const Batch batch = BatchFor(spec_, budget, tokens);
    if (!batch.silly.empty()) {
      return Drop(budget, target, {"batch_schedule.min_batch and max_batch", batch.silly});
    }
    for (const double rate : BaseRates(spec_)) {
      Add({MakePlan(spec_, *shape, budget, batch, rate), index, budget, target});
    }
  }

  void Add(PlannedExperiment cell) {
    const auto drop = [&](const Skip& skip) {
      Drop(cell.budget_flops, cell.target_parameters, skip);
    };
    if (const Skip skip = WhyToSkip(spec_, cell.plan); !skip.reason.empty()) return drop(skip);
    if (!ids_.insert(ExperimentId(cell.plan)).second) {
      return drop({"compute.num_budgets", "same shape and steps as in a smaller budget"});
    }
    plan_.total_flops += cell.plan.flops;
    plan_.experiments.push_back(std::move(cell));
  }

  void Drop(double budget, double target, const Skip& skip) {
    plan_.dropped.push_back({budget, target, skip.reason});
    auto& [count, first] = skips_[skip.rule];
    if (count++ == 0) first = skip;
  }

  const SweepSpec& spec_;
  IsoflopPlan plan_;
  std::vector<std::pair<ModelShape, double>> shapes_of_budget_;
  std::set<std::string> ids_;
  std::map<std::string, std::pair<int, Skip>> skips_;  // rule -> how often, the first
};

}  // namespace

absl::StatusOr<IsoflopPlan> PlanIsoflopSweep(const SweepSpec& spec) {
  if (absl::Status status = CheckSweepSpec(spec); !status.ok()) return status;
  Planner planner(spec);
  const absl::StatusOr<std::vector<BudgetCells>> budgets = AllBudgets(spec.compute);
  if (!budgets.ok()) return budgets.status();
  for (size_t i = 0; i < budgets->size(); ++i) {
    planner.PlanBudget(static_cast<int>(i), (*budgets)[i]);
  }
  return planner.Finish();
}

}  // namespace ff::scaling
