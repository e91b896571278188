// Budgets, sizes and single cells of a sweep.
#include "server/scaling/size_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "server/scaling/prior_optimum.h"
#include "tests/server/scaling/planned.h"
#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {
namespace {

using ::testing::HasSubstr;

TEST(SizeGrid, BudgetsAreLogSpaced) {
  EXPECT_EQ(Budgets(SoundSpec().compute),
            (std::vector<double>{1e12, 3.16227766017e12, 1e13, 3.16227766017e13, 1e14}));
}

TEST(SizeGrid, CentredGridLiesRoundThePriorOptimum) {
  const SweepSpec spec = SoundSpec();
  // 1e12 = 6 N D with D = 20 N.
  EXPECT_NEAR(PriorOptimum(spec, 1e12), std::sqrt(1e12 / 120), 1e-6);
  EXPECT_NEAR(PriorOptimum(spec, 1e14), 10 * std::sqrt(1e12 / 120), 1e-6);
  const std::vector<double> sizes = SizesFor(spec, 1e13).kept;
  ASSERT_EQ(sizes.size(), 7u);
  EXPECT_NEAR(sizes[3] / PriorOptimum(spec, 1e13), 1, 1e-9);
  EXPECT_NEAR(sizes.back() / sizes.front(), 16, 1e-9);
}

TEST(SizeGrid, ExponentMovesTheCentre) {
  SweepSpec spec = SoundSpec();
  spec.grid.exponent = 0.7;
  EXPECT_NEAR(PriorOptimum(spec, 1e14) / PriorOptimum(spec, 1e12), std::pow(100, 0.7), 1e-9);
}

TEST(SizeGrid, BoundsGridIsTheSameAtEveryBudget) {
  SweepSpec spec = SoundSpec();
  spec.grid.grid = "bounds";
  spec.grid.min_size = 5e5;
  spec.grid.max_size = 5e7;
  EXPECT_EQ(SizesFor(spec, 1e12).kept, SizesFor(spec, 1e14).kept);
  EXPECT_EQ(SizesFor(spec, 1e12).kept.front(), 5e5);
  EXPECT_EQ(SizesFor(spec, 1e12).kept.back(), 5e7);
  EXPECT_EQ(SizesFor(spec, 6e6).kept.back(), 1e6);  // C / 6
  EXPECT_TRUE(SizesFor(spec, 1e6).kept.empty());
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

}  // namespace
}  // namespace ff::scaling
