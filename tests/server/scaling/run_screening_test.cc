#include "server/scaling/run_screening.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "server/scaling/isoflop_analysis.h"
#include "tests/server/scaling/planted_surface.h"

namespace ff::scaling {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

RunTable Plain(size_t rows) {
  RunTable table;
  for (size_t i = 0; i < rows; ++i) {
    table.run_id.push_back("r" + std::to_string(i));
    table.parameters.push_back(1e6 * static_cast<double>(i + 1));
    table.tokens.push_back(1e9);
    table.compute.push_back(6e15 * static_cast<double>(i + 1));
    table.loss.push_back(3);
  }
  return table;
}

TEST(RunScreening, EveryUnusableRunIsListedWithItsReason) {
  RunTable table = Plain(9);
  table.loss[0] = NAN;
  table.loss[1] = -1;
  table.parameters[2] = 0;
  table.tokens[3] = std::numeric_limits<double>::infinity();
  table.compute[4] = -6e20;
  table.run_id[6] = "r5";
  const auto screened = ScreenRuns(table);
  ASSERT_TRUE(screened.ok());
  EXPECT_THAT(screened->table.run_id, ElementsAre("r5", "r7", "r8"));
  ASSERT_EQ(screened->excluded.size(), 6u);
  EXPECT_THAT(screened->excluded[0].reason, HasSubstr("loss is not a number"));
  EXPECT_THAT(screened->excluded[1].reason, HasSubstr("loss is negative"));
  EXPECT_THAT(screened->excluded[2].reason, HasSubstr("params_n is zero"));
  EXPECT_THAT(screened->excluded[3].reason, HasSubstr("tokens_d is infinite"));
  EXPECT_THAT(screened->excluded[4].reason, HasSubstr("flops_c is negative"));
  EXPECT_THAT(screened->excluded[5].reason, HasSubstr("duplicate"));
}

TEST(RunScreening, ColumnsOfDifferentLengthAreAnError) {
  RunTable table = Plain(3);
  table.tokens.pop_back();
  EXPECT_EQ(ScreenRuns(table).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(RunScreening, NothingUsableIsAnEmptyTable) {
  RunTable table = Plain(2);
  table.loss = {NAN, NAN};
  const auto screened = ScreenRuns(table);
  ASSERT_TRUE(screened.ok());
  EXPECT_EQ(screened->table.size(), 0u);
  EXPECT_THAT(screened->excluded, SizeIs(2));
  EXPECT_TRUE(GroupBudgets(screened->table).compute.empty());
}

TEST(RunScreening, AGroupIsSelectedAndAnUnknownOneNamed) {
  RunTable table = Plain(4);
  table.groups.push_back({"corpus", {"c4", "rw"}, {0, 1, 1, -1}});
  RunTable some = table;
  ASSERT_TRUE(KeepGroup("corpus", "rw", &some).ok());
  EXPECT_THAT(some.run_id, ElementsAre("r1", "r2"));
  const absl::Status unknown = KeepGroup("corpus", "pile", &table);
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(unknown.message(), HasSubstr("c4, rw"));
  EXPECT_THAT(KeepGroup("colour", "red", &table).message(), HasSubstr("there are: corpus"));
}

TEST(BudgetGroups, StoredOnesWinAndHaveTheMeanOfTheirRunsCompute) {
  RunTable table = Plain(5);
  table.compute = {1.0e18, 1.1e18, 9e18, 1.1e19, 5e18};
  table.budget = {1e18, 1e18, 1e19, 1e19, NAN};
  const BudgetGroups groups = GroupBudgets(table);
  EXPECT_FALSE(groups.clustered);
  EXPECT_THAT(groups.of_run, ElementsAre(0, 0, 1, 1, -1));
  EXPECT_DOUBLE_EQ(groups.compute[0], 1.05e18);
  EXPECT_DOUBLE_EQ(groups.compute[1], 1e19);
  EXPECT_THAT(groups.notes, Contains(HasSubstr("1 runs have no stored budget")));
  const BudgetGroups nominal = GroupBudgets(table, 0.1, BudgetCompute::kStored);
  EXPECT_THAT(nominal.compute, ElementsAre(1e18, 1e19));
  EXPECT_EQ(nominal.of_run, groups.of_run);
}

TEST(BudgetGroups, WithoutStoredOnesComputeIsClusteredWithinTheTolerance) {
  RunTable table = Plain(6);
  table.compute = {1.00e18, 4.1e18, 1.04e18, 4.0e18, 0.97e18, 1.6e19};
  const BudgetGroups groups = GroupBudgets(table, 0.1);
  EXPECT_TRUE(groups.clustered);
  EXPECT_THAT(groups.of_run, ElementsAre(0, 1, 0, 1, 0, 2));
  EXPECT_THAT(groups.notes, Contains(HasSubstr("spans more than 0.1")));
}

// A chain of small gaps must not make one budget of everything.
TEST(BudgetGroups, NoClusterSpansMoreThanTheTolerance) {
  RunTable table = Plain(20000);
  for (size_t i = 0; i < table.size(); ++i) {
    table.compute[i] = 1e18 * std::exp(5.0 * static_cast<double>(i) / 20000.0);
  }
  const BudgetGroups groups = GroupBudgets(table, 0.1);
  std::vector<double> low(groups.compute.size(), INFINITY), high(groups.compute.size(), 0);
  for (size_t i = 0; i < table.size(); ++i) {
    double& l = low[groups.of_run[i]];
    double& h = high[groups.of_run[i]];
    l = std::min(l, table.compute[i]);
    h = std::max(h, table.compute[i]);
  }
  for (size_t b = 0; b < low.size(); ++b) EXPECT_LE(std::log(high[b] / low[b]), 0.1 + 1e-12);
  EXPECT_LT(groups.compute.size(), 110u);
}

TEST(BudgetGroups, FeedTheProfiles) {
  PlantedSurface law;
  law.noise_sd = 0;
  const RunTable table = PlantedTable(law, 1);
  AnalysisOptions options;
  options.method = "akima";
  const auto fit = AnalyzeIsoflop(RunPoints(table, GroupBudgets(table)), options);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->optimal_points.size(), 6u);
  EXPECT_NEAR(fit->n_opt.exponent_a, 0.37 / 0.72, 0.005);
}

}  // namespace
}  // namespace ff::scaling
