// A sweep from its rules: what is planned, what is dropped and why, what is refused.
#include "server/scaling/isoflop_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "server/scaling/training_flops.h"
#include "tests/server/scaling/planned.h"
#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {
namespace {

using ::testing::HasSubstr;

TEST(IsoflopPlan, EveryCellIsPlannedOrDropped) {
  const SweepSpec spec = SoundSpec();
  const IsoflopPlan plan = Planned(spec);
  EXPECT_EQ(plan.experiments.size() + plan.dropped.size(), 5u * 7u);
  double total = 0;
  for (const PlannedExperiment& e : plan.experiments) total += e.plan.flops;
  EXPECT_DOUBLE_EQ(plan.total_flops, total);
}

TEST(IsoflopPlan, SizesOutOfBoundsAreDroppedNotMoved) {
  SweepSpec spec = SoundSpec();
  spec.grid.min_size = 1e5;
  const IsoflopPlan plan = Planned(spec);
  // The centres are 9.1e4, 1.6e5, 2.9e5, ...; 4, 2 and 1 of their sizes lie below 1e5.
  EXPECT_EQ(DroppedFor(plan, "outside model.min_size..model.max_size"), 7);
  for (const PlannedExperiment& e : plan.experiments) EXPECT_GE(e.target_parameters, 1e5);
}

TEST(IsoflopPlan, NamesABudgetTooSmallForAnySize) {
  SweepSpec spec = SoundSpec();
  spec.grid.grid = "bounds";
  spec.grid.min_size = 1e6;
  spec.compute.min_flops = 1e6;
  EXPECT_GE(DroppedFor(Planned(spec), "budget too small for any size: C/6"), 1);
}

TEST(IsoflopPlan, CopiesTheRecipe) {
  SweepSpec spec = SoundSpec();
  spec.recipe.weight_decay = 0.07;
  spec.recipe.data_fingerprint = "f00";
  spec.recipe.shape.norm_gains = true;
  for (const PlannedExperiment& e : Planned(spec).experiments) {
    EXPECT_EQ(e.plan.weight_decay, 0.07);
    EXPECT_EQ(e.plan.data_fingerprint, "f00");
    EXPECT_EQ(e.plan.seed, 42);
    EXPECT_TRUE(e.plan.shape.norm_gains);
    EXPECT_EQ(e.plan.warmup_steps, std::llround(0.1 * e.plan.steps));
  }
}

TEST(IsoflopPlan, DropsTooFewAndTooManyTokens) {
  SweepSpec spec = SoundSpec();
  spec.tokens.min_tokens_per_param = 10;
  spec.tokens.max_tokens_per_param = 100;
  const IsoflopPlan plan = Planned(spec);
  EXPECT_GT(DroppedFor(plan, "fewer than tokens.min_tokens_per_param (10)"), 0);
  EXPECT_GT(DroppedFor(plan, "more than tokens.max_tokens_per_param (100)"), 0);
  for (const PlannedExperiment& e : plan.experiments) {
    const double ratio = static_cast<double>(e.plan.tokens) / e.plan.parameters;
    EXPECT_GE(ratio, 10);
    EXPECT_LE(ratio, 100);
  }
}

TEST(IsoflopPlan, DropsShortRuns) {
  SweepSpec spec = SoundSpec();
  spec.tokens.min_steps = 2000;
  const IsoflopPlan plan = Planned(spec);
  EXPECT_GT(DroppedFor(plan, "fewer than tokens.min_steps (2000)"), 0);
  for (const PlannedExperiment& e : plan.experiments) EXPECT_GE(e.plan.steps, 2000);
}

TEST(IsoflopPlan, DropsWhatTheDatasetCannotFeed) {
  SweepSpec spec = SoundSpec();
  spec.recipe.mode = "umup_gpt";
  spec.dataset.tokens = 10'000'000;
  spec.recipe.val_fraction = 0.1;
  const IsoflopPlan plan = Planned(spec);
  EXPECT_GT(DroppedFor(plan, "the dataset has 9e+06 for training"), 0);
  for (const PlannedExperiment& e : plan.experiments) EXPECT_LE(e.plan.tokens, 9'000'000);
  spec.tokens.allow_repeat = true;
  EXPECT_EQ(DroppedFor(Planned(spec), "the dataset has"), 0);
}

TEST(IsoflopPlan, SyntheticWithoutDatasetHasNoLimit) {
  EXPECT_EQ(DroppedFor(Planned(SoundSpec()), "the dataset has"), 0);
}

TEST(IsoflopPlan, DropsASecondSizeOfTheSameShape) {
  SweepSpec spec = SoundSpec();
  spec.compute.num_model_sizes = 400;
  spec.architecture.d_model_multiple = 64;
  spec.architecture.ffn_multiple = 64;
  EXPECT_GT(DroppedFor(Planned(spec), "same shape as the size"), 0);
}

TEST(IsoflopPlan, DropsSizesNoShapeComesNear) {
  SweepSpec spec = SoundSpec();
  spec.architecture.d_model_multiple = 64;
  spec.architecture.min_layers = 4;
  EXPECT_GT(DroppedFor(Planned(spec), "no shape within 2 %"), 0);
}

TEST(IsoflopPlan, RefusesAnEmptySweepWithTheCommonestReason) {
  SweepSpec spec = SoundSpec();
  spec.tokens.min_steps = 1'000'000'000;
  const auto plan = PlanIsoflopSweep(spec);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(plan.status().message(), HasSubstr("all 35 cells were left out"));
  EXPECT_THAT(plan.status().message(), HasSubstr("tokens.min_steps"));
}

TEST(IsoflopPlan, RefusesContradictionsByKey) {
  const std::vector<std::pair<std::function<void(SweepSpec&)>, std::string>> cases = {
      {[](SweepSpec& s) { s.compute.max_flops = 1e11; }, "compute.min_flops"},
      {[](SweepSpec& s) { s.compute.min_flops = NAN; }, "compute.min_flops"},
      {[](SweepSpec& s) { s.compute.num_budgets = 1; }, "compute.num_budgets"},
      {[](SweepSpec& s) { s.compute.flop_count = "eight_nd"; }, "compute.flop_count"},
      {[](SweepSpec& s) { s.grid.max_size = 1e3; }, "model.max_size"},
      {[](SweepSpec& s) { s.grid.grid = "left"; }, "model.grid"},
      {[](SweepSpec& s) { s.grid.width = 1; }, "model.width"},
      {[](SweepSpec& s) { s.architecture.min_layers = 13; }, "architecture.min_layers"},
      {[](SweepSpec& s) { s.architecture.head_options = {}; }, "architecture.head_options"},
      {[](SweepSpec& s) { s.architecture.aspect_ratio = 0; }, "architecture.aspect_ratio"},
      {[](SweepSpec& s) { s.tokens.min_tokens_per_param = 1e5; }, "tokens.min_tokens_per_param"},
      {[](SweepSpec& s) { s.lr_schedule.rule = "magic"; }, "lr_schedule.rule"},
      {[](SweepSpec& s) { s.recipe.accumulation_steps = 9; }, "trainer.accumulation_steps"},
      {[](SweepSpec& s) { s.recipe.mode = "umup_gpt"; }, "dataset.path"},
  };
  for (const auto& [spoil, key] : cases) {
    SweepSpec spec = SoundSpec();
    spoil(spec);
    const auto plan = PlanIsoflopSweep(spec);
    EXPECT_EQ(plan.status().code(), absl::StatusCode::kInvalidArgument) << key;
    EXPECT_THAT(plan.status().message(), HasSubstr(key));
  }
}

TEST(IsoflopPlan, MemoryGrowsWithModelAndMicroBatch) {
  SweepSpec spec = SoundSpec();
  const IsoflopPlan plan = Planned(spec);
  const Plan& small = plan.experiments.front().plan;
  const Plan& large = plan.experiments.back().plan;
  EXPECT_GT(small.estimated_memory_bytes, 16.0 * small.parameters);
  EXPECT_GT(large.estimated_memory_bytes, small.estimated_memory_bytes);
  spec.recipe.accumulation_steps = 8;
  EXPECT_LT(Planned(spec).experiments.front().plan.estimated_memory_bytes,
            small.estimated_memory_bytes);
}

TEST(Drops, TooManySteps) {
  SweepSpec spec = SoundSpec();
  spec.tokens.max_steps = 20000;
  const IsoflopPlan plan = Planned(spec);
  EXPECT_GT(DroppedFor(plan, "more than tokens.max_steps (20000)"), 0);
  for (const PlannedExperiment& e : plan.experiments) EXPECT_LE(e.plan.steps, 20000);
}

TEST(Drops, WhatDoesNotFitTheDevice) {
  SweepSpec spec = SoundSpec();
  double most = 0;
  for (const PlannedExperiment& e : Planned(spec).experiments) {
    most = std::max(most, e.plan.estimated_memory_bytes);
  }
  spec.device_memory_bytes = most / 2;
  const IsoflopPlan plan = Planned(spec);
  EXPECT_GT(DroppedFor(plan, "a device has"), 0);
  for (const PlannedExperiment& e : plan.experiments) {
    EXPECT_LE(e.plan.estimated_memory_bytes, most / 2);
  }
}

TEST(FlopCount, TheBudgetIsSpentByTheDefinitionChosenAndAllAreKept) {
  for (const std::string& count : FlopCounts()) {
    SweepSpec spec = SoundSpec();
    spec.compute.flop_count = count;
    for (const PlannedExperiment& e : Planned(spec).experiments) {
      const Plan& plan = e.plan;
      const double tokens = static_cast<double>(plan.tokens);
      EXPECT_LE(std::abs(plan.flops - e.budget_flops), 0.51 * plan.flops / plan.steps) << count;
      EXPECT_DOUBLE_EQ(plan.flops, FlopsPerToken(count, plan.shape) * tokens);
      EXPECT_DOUBLE_EQ(plan.flops_exact_all, FlopsPerToken("exact_all", plan.shape) * tokens);
      EXPECT_DOUBLE_EQ(plan.flops_chinchilla, FlopsPerToken("chinchilla", plan.shape) * tokens);
      EXPECT_DOUBLE_EQ(plan.flops_six_nd_non_embedding,
                       6.0 * plan.non_embedding_parameters * tokens);
      EXPECT_GT(plan.flops_exact_all, plan.flops_exact);
    }
  }
}

// Ids of plans made before there were priors, steps, extra cells and rules of batches: results
// of those sweeps are still found.
TEST(Ids, OfOldSpecsStayWhatTheyWere) {
  struct Old {
    const char *count, *grid, *first, *last;
    size_t experiments;
  };
  for (const Old& old : {Old{"six_nd", "centred", "a77d29f6c287d469", "e61ad916c20d4c86", 30},
                         Old{"six_nd", "bounds", "f2554e77a9bf9139", "5cdaa91e3abf58a7", 15},
                         Old{"exact", "centred", "a77d29f6c287d469", "fab4a37a5e19a09d", 30},
                         Old{"exact", "bounds", "294c05735cab2f38", "74d81dd5d6ed20d7", 16}}) {
    SweepSpec spec = SoundSpec();
    spec.compute.flop_count = old.count;
    spec.grid.grid = old.grid;
    spec.compute.num_model_sizes = 6;
    const IsoflopPlan plan = Planned(spec);
    ASSERT_EQ(plan.experiments.size(), old.experiments);
    EXPECT_EQ(ExperimentId(plan.experiments.front().plan), old.first);
    EXPECT_EQ(ExperimentId(plan.experiments.back().plan), old.last);
  }
}

}  // namespace
}  // namespace ff::scaling
