// Learning-rate sweeps, warm-ups, stable phases that are shared, grouped heads: what the planner
// makes of them.
#include "server/scaling/stable_phase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {
namespace {

using ::testing::HasSubstr;

IsoflopPlan Planned(const SweepSpec& spec) {
  auto plan = PlanIsoflopSweep(spec);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *plan : IsoflopPlan{};
}

std::string Refusal(const SweepSpec& spec) {
  const auto plan = PlanIsoflopSweep(spec);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(plan.status().message());
}

// The same sizes at every budget, one warm-up for all.
SweepSpec Stable() {
  SweepSpec spec = SoundSpec();
  spec.grid.grid = "bounds", spec.grid.min_size = 3e5, spec.grid.max_size = 3e6;
  spec.compute.num_model_sizes = 3, spec.compute.num_budgets = 3;
  spec.recipe.scheduler = "wsd";
  spec.phases = {.warmup_steps = 5, .decay_ratio = 0.25, .share_stable_phase = true};
  return spec;
}

TEST(RateSweep, EveryModelIsPlannedAtEveryRate) {
  SweepSpec spec = SoundSpec();
  const size_t models = Planned(spec).experiments.size();
  spec.lr_schedule.sweep = {0.25, 0.5, 1};
  const IsoflopPlan plan = Planned(spec);
  EXPECT_EQ(plan.experiments.size(), 3 * models);
  std::map<std::pair<int, int64_t>, std::set<double>> rates;
  std::set<std::string> ids;
  for (const PlannedExperiment& e : plan.experiments) {
    rates[{e.budget_index, e.plan.parameters}].insert(e.plan.learning_rate);
    ids.insert(ExperimentId(e.plan));
  }
  EXPECT_EQ(rates.size(), models);
  for (const auto& [cell, of_cell] : rates) EXPECT_EQ(of_cell, (std::set<double>{0.25, 0.5, 1}));
  EXPECT_EQ(ids.size(), plan.experiments.size());
}

// An experiment's content decides its id: a rate that was trained before is not trained again.
TEST(RateSweep, TheRateOfBeforeKeepsItsIds) {
  SweepSpec spec = SoundSpec();
  std::set<std::string> before, after;
  for (const auto& e : Planned(spec).experiments) before.insert(ExperimentId(e.plan));
  spec.lr_schedule.sweep = {0.25, spec.recipe.learning_rate};
  for (const auto& e : Planned(spec).experiments) after.insert(ExperimentId(e.plan));
  for (const std::string& id : before) EXPECT_EQ(after.count(id), 1u);
}

TEST(RateSweep, UnderAPowerRuleRatesStandForTheBase) {
  SweepSpec spec = SoundSpec();
  spec.lr_schedule.rule = "power", spec.lr_schedule.sweep = {1e-3, 2e-3};
  for (const PlannedExperiment& e : Planned(spec).experiments) {
    const double size = std::pow(1e7 / double(e.plan.parameters), 0.1);
    EXPECT_NEAR(std::abs(std::log2(e.plan.learning_rate / size / 1e-3) - 0.5), 0.5, 1e-9);
  }
}

TEST(RateSweep, NonsenseIsRefused) {
  SweepSpec spec = SoundSpec();
  spec.lr_schedule.sweep = {0.5, 0.5};
  EXPECT_THAT(Refusal(spec), HasSubstr("names 0.5 twice"));
  spec.lr_schedule.sweep = {0.5, -1};
  EXPECT_THAT(Refusal(spec), HasSubstr("must be positive"));
}

TEST(WarmUp, InStepsTokensOrAsARatio) {
  SweepSpec spec = SoundSpec();
  for (const auto& e : Planned(spec).experiments) {
    EXPECT_EQ(e.plan.warmup_steps, std::llround(0.1 * double(e.plan.steps)));
  }
  spec.phases.warmup_steps = 7;
  for (const auto& e : Planned(spec).experiments) EXPECT_EQ(e.plan.warmup_steps, 7);
  spec.phases.warmup_steps = 0, spec.phases.warmup_tokens = 9 * 8 * 128;
  for (const auto& e : Planned(spec).experiments) EXPECT_EQ(e.plan.warmup_steps, 9);
  spec.phases.warmup_steps = 7;
  EXPECT_THAT(Refusal(spec), HasSubstr("trainer.warmup_tokens"));
}

TEST(WarmUp, OneLongerThanTheRunLeavesItOut) {
  SweepSpec spec = SoundSpec();
  int64_t fewest = INT64_MAX;
  for (const auto& e : Planned(spec).experiments) fewest = std::min(fewest, e.plan.steps);
  spec.phases.warmup_steps = fewest + 1;
  const IsoflopPlan plan = Planned(spec);
  ASSERT_FALSE(plan.dropped.empty());
  EXPECT_THAT(plan.dropped.front().reason, HasSubstr("steps of warm-up"));
  for (const auto& e : plan.experiments) EXPECT_GT(e.plan.steps, fewest);
}

TEST(StablePhase, BudgetsOfOneModelShareIt) {
  const IsoflopPlan plan = Planned(Stable());
  std::map<int64_t, std::vector<const Plan*>> models;
  for (const auto& e : plan.experiments) models[e.plan.parameters].push_back(&e.plan);
  int sharing = 0;
  double spared = 0;
  for (const auto& [parameters, plans] : models) {
    if (plans.size() < 2) continue;
    sharing += static_cast<int>(plans.size());
    int64_t longest = 0, sum = 0;
    for (const Plan* p : plans) {
      EXPECT_EQ(p->trunk, plans[0]->trunk);
      EXPECT_FALSE(p->trunk.empty());
      EXPECT_EQ(p->branch_steps, plans[0]->branch_steps);
      EXPECT_EQ(p->decay_steps, std::llround(0.25 * double(p->steps)));
      EXPECT_EQ(BranchStep(*p), p->steps - p->decay_steps);
      EXPECT_EQ(std::count(p->branch_steps.begin(), p->branch_steps.end(), BranchStep(*p)), 1);
      longest = std::max(longest, BranchStep(*p)), sum += BranchStep(*p);
    }
    spared += double(sum - longest) * plans[0]->flops / double(plans[0]->steps);
  }
  EXPECT_GE(sharing, 6);
  EXPECT_EQ(plan.shared.experiments, sharing);
  EXPECT_NEAR(plan.shared.flops / spared, 1, 1e-9);
  EXPECT_GT(plan.shared.flops, 0);
}

// The losses that the final training loss is the mean of must all be a run's own.
TEST(StablePhase, AShortDecayBranchesWhereTheLastTenthBegins) {
  Plan plan;
  plan.scheduler = "wsd", plan.steps = 1000, plan.decay_steps = 20;
  EXPECT_EQ(BranchStep(plan), 900);
  plan.scheduler = "cosine";
  EXPECT_EQ(BranchStep(plan), 0);
}

TEST(StablePhase, IsNotSharedWhereRunsDiffer) {
  SweepSpec spec = Stable();
  spec.phases.warmup_steps = 0, spec.phases.warmup_ratio = 0.1;  // longer runs warm up longer
  EXPECT_EQ(Planned(spec).shared.experiments, 0);
  spec = Stable(), spec.phases.share_stable_phase = false;
  EXPECT_EQ(Planned(spec).shared.experiments, 0);
  spec = Stable(), spec.recipe.scheduler = "cosine";
  EXPECT_EQ(Planned(spec).shared.experiments, 0);
}

TEST(StablePhase, SharingChangesNoId) {
  SweepSpec spec = Stable();
  std::set<std::string> shared, alone;
  for (const auto& e : Planned(spec).experiments) shared.insert(ExperimentId(e.plan));
  spec.phases.share_stable_phase = false;
  for (const auto& e : Planned(spec).experiments) alone.insert(ExperimentId(e.plan));
  EXPECT_EQ(shared, alone);
}

TEST(GroupedHeads, ShareKeysAndValues) {
  SweepSpec spec = SoundSpec();
  spec.architecture.head_options = {2, 4, 8};
  spec.architecture.heads_per_kv_head = 4;
  for (const auto& e : Planned(spec).experiments) {
    EXPECT_EQ(e.plan.shape.kv_heads * 4, e.plan.shape.heads);
    EXPECT_EQ(e.plan.parameters, TotalParameters(e.plan.shape));
  }
  spec.architecture.heads_per_kv_head = 0;  // of a spec kept from before there was such a key
  for (const auto& e : Planned(spec).experiments) {
    EXPECT_EQ(e.plan.shape.kv_heads, e.plan.shape.heads);
  }
}

TEST(Parametrization, CombinationsThatNobodyTrainsAreRefused) {
  SweepSpec spec = SoundSpec();
  spec.recipe.parametrization = "u-mup", spec.recipe.shape.tied_head = true;
  EXPECT_THAT(Refusal(spec), HasSubstr("model.tie_embeddings"));
  spec = SoundSpec(), spec.recipe.parametrization = "mup-simple";
  EXPECT_THAT(Refusal(spec), HasSubstr("model.norm_gains=true"));
}

TEST(DivergenceBound, IsThreeTimesGuessingUnlessSaid) {
  SweepSpec spec = SoundSpec();
  EXPECT_DOUBLE_EQ(Planned(spec).experiments[0].plan.max_loss, 3 * std::log(256.0));
  spec.recipe.max_loss = 7;
  EXPECT_EQ(Planned(spec).experiments[0].plan.max_loss, 7);
}

}  // namespace
}  // namespace ff::scaling
