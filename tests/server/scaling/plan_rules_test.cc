// Priors, steps, extra cells, batch and learning-rate rules, memory: what decides a plan
// besides the grid itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "server/scaling/isoflop_plan.h"
#include "server/scaling/prior_optimum.h"
#include "server/scaling/size_grid.h"
#include "server/scaling/training_flops.h"
#include "tests/server/scaling/planned.h"
#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {
namespace {

using ::testing::HasSubstr;

std::string Refusal(const std::function<void(SweepSpec&)>& spoil) {
  SweepSpec spec = SoundSpec();
  spoil(spec);
  const auto plan = PlanIsoflopSweep(spec);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(plan.status().message());
}

SweepSpec WithPrior(const std::string& law) {
  SweepSpec spec = SoundSpec();
  spec.prior = {law, "", 0.2, 0.45, ""};
  return spec;
}

TEST(Prior, LiteratureAgainstPublishedNumbers) {
  // Their table 3: 1.21e20 FLOP for 1e9 parameters, 5.76e23 for 67e9.
  EXPECT_NEAR(PriorOptimum(WithPrior("hoffmann2022_approach1"), 1.21e20) / 1e9, 1, 0.001);
  EXPECT_NEAR(PriorOptimum(WithPrior("hoffmann2022_approach1"), 5.76e23) / 67e9, 1, 0.04);
  EXPECT_NEAR(PriorLawOf(WithPrior("hoffmann2022_approach3"))->exponent, 0.28 / 0.62, 1e-12);
  EXPECT_NEAR(PriorLawOf(WithPrior("besiroglu2024"))->exponent, 0.513, 0.001);
  EXPECT_NEAR(PriorOptimum(WithPrior("kaplan2020"), 8.64e19) / 1.3e9, 1, 1e-9);
}

// At the surface's optimum alpha A / N^alpha = beta B / D^beta.
TEST(Prior, SurfaceLawsLieWhereTheirMarginsMeet) {
  const double c = 1e21, n = PriorOptimum(WithPrior("besiroglu2024"), c), d = c / (6 * n);
  EXPECT_NEAR(0.3478 * 482.01 / std::pow(n, 0.3478) / (0.3658 * 2085.43 / std::pow(d, 0.3658)), 1,
              1e-9);
}

TEST(Prior, RatioIsTheSameLawWritten) {
  const SweepSpec spec = SoundSpec();
  const PriorLaw law = *PriorLawOf(spec);
  for (const double c : {1e12, 3e13, 1e15}) {
    EXPECT_NEAR(law.coefficient * std::pow(c, law.exponent) / PriorOptimum(spec, c), 1, 1e-12);
  }
}

TEST(Prior, PowerLawIsTheCentre) {
  const SweepSpec spec = WithPrior("power_law");
  const std::vector<double> sizes = SizesFor(spec, 1e13).kept;
  ASSERT_EQ(sizes.size(), 7u);
  EXPECT_NEAR(sizes[3] / (0.2 * std::pow(1e13, 0.45)), 1, 1e-9);
}

TEST(Prior, NonsenseIsRefusedByKey) {
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.prior.law = "moore"; }), HasSubstr("prior.law"));
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.prior.sweep = "old"; }), HasSubstr("prior.sweep"));
  EXPECT_THAT(Refusal([](SweepSpec& s) {
                s.prior = {"power_law", "", 0, 0.5, ""};
              }),
              HasSubstr("prior.coefficient"));
  EXPECT_THAT(Refusal([](SweepSpec& s) {
                s.prior = {"power_law", "", 1e9, 0.5, ""};
              }),
              HasSubstr("check prior"));
}

TEST(Step, GivesAnOddNumberOfEvenStepsWithinTheWidth) {
  SweepSpec spec = SoundSpec();
  spec.grid.width = 16;
  spec.grid.step = 2;
  const std::vector<double> sizes = SizesFor(spec, 1e13).kept;
  ASSERT_EQ(sizes.size(), 5u);  // 1/4 .. 4
  EXPECT_NEAR(sizes[2] / PriorOptimum(spec, 1e13), 1, 1e-11);
  for (size_t i = 1; i < sizes.size(); ++i) EXPECT_NEAR(sizes[i] / sizes[i - 1], 2, 1e-10);
  spec.grid.step = 1.9;  // no size at the very ends
  EXPECT_EQ(SizesFor(spec, 1e13).kept.size(), 5u);
  spec.grid.step = 4.1;
  EXPECT_EQ(SizesFor(spec, 1e13).kept.size(), 1u);
}

TEST(Step, NonsenseIsRefused) {
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.grid.step = 1; }), HasSubstr("model.step"));
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.grid.step = 17; }), HasSubstr("model.step"));
  EXPECT_THAT(Refusal([](SweepSpec& s) { s.grid.step = NAN; }), HasSubstr("model.step"));
}

TEST(ExtraCells, JoinTheBudgetOfTheirComputeOrMakeOne) {
  SweepSpec spec = SoundSpec();
  const IsoflopPlan before = Planned(spec);
  spec.compute.extra_cells = {"1e13@9e5", "2e13@4e5", CellText(3.16227766017e13, 1.234e6)};
  const IsoflopPlan plan = Planned(spec);
  ASSERT_EQ(plan.experiments.size(), before.experiments.size() + 3);
  EXPECT_EQ(plan.experiments.back().budget_index, 5);
  int found = 0;
  for (const PlannedExperiment& e : plan.experiments) {
    if (e.target_parameters == 9e5) found += e.budget_flops == 1e13 && e.budget_index == 2;
    if (e.target_parameters == 4e5) found += e.budget_flops == 2e13 && e.budget_index == 3;
    if (e.target_parameters == 1.234e6) found += e.budget_index == 4;
  }
  EXPECT_EQ(found, 3);
}

TEST(ExtraCells, KeepTheIdsOfTheGrid) {
  SweepSpec spec = SoundSpec();
  std::set<std::string> before, after;
  for (const PlannedExperiment& e : Planned(spec).experiments) before.insert(ExperimentId(e.plan));
  spec.compute.extra_cells = {"2e13@4e5"};
  for (const PlannedExperiment& e : Planned(spec).experiments) after.insert(ExperimentId(e.plan));
  EXPECT_TRUE(std::includes(after.begin(), after.end(), before.begin(), before.end()));
}

TEST(ExtraCells, AnExtraOfTheGridsOwnShapeIsDropped) {
  SweepSpec spec = SoundSpec();
  const double size = Planned(spec).experiments[3].target_parameters;
  spec.compute.extra_cells = {CellText(1e12, size)};
  EXPECT_EQ(DroppedFor(Planned(spec), "same shape as the size"), 1);
}

TEST(ExtraCells, NonsenseIsRefused) {
  for (const char* cell :
       {"1e13", "1e13@", "@1e6", "1e13@-1", "nan@1e6", "1e13@1e6@2", "1e13@1e30"}) {
    EXPECT_THAT(Refusal([&](SweepSpec& s) { s.compute.extra_cells = {cell}; }),
                HasSubstr("compute.extra_cells"))
        << cell;
  }
}

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
