// Batch size and learning rate by rule.
#include "server/scaling/training_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/server/scaling/planned.h"
#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {
namespace {

using ::testing::HasSubstr;

SweepSpec WithBatchRule(const std::string& rule) {
  SweepSpec spec = SoundSpec();
  spec.batch_schedule = {.rule = rule,
                         .base_batch_tokens = 1024,
                         .base_flops = 1e12,
                         .base_tokens = 2e6,
                         .power = 0.5,
                         .multiple = 4,
                         .min_batch = 4,
                         .max_batch = 4096};
  return spec;
}

TEST(BatchRule, GrowsWithCompute) {
  for (const PlannedExperiment& e : Planned(WithBatchRule("power_compute")).experiments) {
    // 1024 tokens are 8 sequences of 128; ten times the compute has sqrt(10) times the batch.
    const double wanted = 8 * std::sqrt(e.budget_flops / 1e12);
    EXPECT_NEAR(e.plan.batch_size, wanted, 2.0);
    EXPECT_EQ(e.plan.batch_size % 4, 0);
  }
}

TEST(BatchRule, GrowsWithTokens) {
  std::set<int64_t> sizes;
  for (const PlannedExperiment& e : Planned(WithBatchRule("power_tokens")).experiments) {
    const double d = e.budget_flops / (6.0 * e.plan.parameters);
    EXPECT_NEAR(e.plan.batch_size, std::max(4.0, 8 * std::sqrt(d / 2e6)), 2.0);
    sizes.insert(e.plan.batch_size);
  }
  EXPECT_GT(sizes.size(), 5u);
}

TEST(BatchRule, AMicroBatchIsNeverLargerThanTheRecipes) {
  SweepSpec spec = WithBatchRule("power_compute");
  spec.recipe.batch_size = 8;
  spec.recipe.accumulation_steps = 2;
  for (const PlannedExperiment& e : Planned(spec).experiments) {
    EXPECT_LE(e.plan.batch_size, 4 * e.plan.accumulation_steps);
    EXPECT_GT(e.plan.batch_size, 4 * (e.plan.accumulation_steps - 1));
  }
}

TEST(BatchRule, SillyBatchesAreLeftOut) {
  SweepSpec spec = WithBatchRule("power_compute");
  spec.batch_schedule.max_batch = 40;
  const IsoflopPlan plan = Planned(spec);
  EXPECT_EQ(DroppedFor(plan, "outside batch_schedule.min_batch..max_batch (4..40)"), 2 * 7);
  for (const PlannedExperiment& e : plan.experiments) EXPECT_LE(e.plan.batch_size, 40);
}

TEST(LearningRateRule, PowerRuleSetsTheLearningRate) {
  SweepSpec spec = SoundSpec();
  spec.lr_schedule.rule = "power";
  for (const PlannedExperiment& e : Planned(spec).experiments) {
    EXPECT_DOUBLE_EQ(e.plan.learning_rate, 3e-4 * std::pow(1e7 / e.plan.parameters, 0.1));
  }
}

TEST(LearningRateRule, ConstantRuleKeepsTheRecipesLearningRate) {
  for (const PlannedExperiment& e : Planned(SoundSpec()).experiments) {
    EXPECT_EQ(e.plan.learning_rate, 0.5);
  }
}

TEST(LearningRateRule, FallsWithComputeOrTokens) {
  SweepSpec spec = SoundSpec();
  spec.lr_schedule = {.rule = "power_compute",
                      .base_lr = 0.01,
                      .lr_power = 0.125,
                      .base_flops = 1e12,
                      .base_tokens = 1e8};
  for (const PlannedExperiment& e : Planned(spec).experiments) {
    EXPECT_DOUBLE_EQ(e.plan.learning_rate, 0.01 * std::pow(1e12 / e.budget_flops, 0.125));
  }
  spec.lr_schedule.rule = "power_tokens";
  for (const PlannedExperiment& e : Planned(spec).experiments) {
    EXPECT_DOUBLE_EQ(e.plan.learning_rate, 0.01 * std::pow(1e8 / e.plan.tokens, 0.125));
  }
}

TEST(LearningRateRule, UmupMovesWithTheBatchAlone) {
  SweepSpec spec = WithBatchRule("power_compute");
  spec.recipe.parametrization = "u-mup";
  spec.lr_schedule.rule = "umup";
  spec.lr_schedule.batch_power = 0.5;
  for (const PlannedExperiment& e : Planned(spec).experiments) {
    EXPECT_DOUBLE_EQ(e.plan.learning_rate, 0.5 * std::sqrt(e.plan.batch_size / 8.0));
  }
  spec.batch_schedule.rule = "constant";
  for (const PlannedExperiment& e : Planned(spec).experiments) {
    EXPECT_EQ(e.plan.learning_rate, 0.5);
  }
  spec.recipe.parametrization = "sp";
  EXPECT_THAT(PlanIsoflopSweep(spec).status().message(), HasSubstr("model.parametrization u-mup"));
}

TEST(Rules, NonsenseIsRefusedByKey) {
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.batch_schedule.rule = "large"; }),
              HasSubstr("batch_schedule.rule"));
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.batch_schedule.rule = "power_tokens"; }),
              HasSubstr("batch_schedule.base_batch_tokens"));
  EXPECT_THAT(Refusal([](SweepSpec& s) {
                s = WithBatchRule("power_tokens");
                s.batch_schedule.min_batch = 5000;
              }),
              HasSubstr("batch_schedule.min_batch"));
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.lr_schedule.rule = "power_tokens"; }),
              HasSubstr("lr_schedule.base_lr"));
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.tokens.max_steps = 9; }), HasSubstr("tokens.max_steps"));
}

}  // namespace
}  // namespace ff::scaling
