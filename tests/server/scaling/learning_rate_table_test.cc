#include "server/scaling/learning_rate_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace ff::scaling {
namespace {

using ::testing::ElementsAre;

// Losses 2 + (log2(rate) - best)^2 / 10 at rates 1/4 .. 4.
std::vector<RateRun> Bowl(double budget, double parameters, double best) {
  std::vector<RateRun> runs;
  for (int exponent = -2; exponent <= 2; ++exponent) {
    const double away = exponent - best;
    runs.push_back({budget, parameters, 64, std::exp2(exponent), 2 + away * away / 10});
  }
  return runs;
}

std::vector<RateRun> Joined(const std::vector<std::vector<RateRun>>& parts) {
  std::vector<RateRun> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST(LearningRateTable, FindsTheBestRateOfEachSize) {
  const RateTable table = LearningRateTable(Joined({Bowl(1e12, 2e5, 0.2), Bowl(1e12, 1e5, -0.7)}));
  EXPECT_THAT(table.rates, ElementsAre(0.25, 0.5, 1, 2, 4));
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].parameters, 1e5);
  EXPECT_EQ(table.rows[0].best_rate, 0.5);
  EXPECT_EQ(table.rows[1].best_rate, 1);
  EXPECT_NEAR(table.rows[1].best_loss, 2.004, 1e-12);
  // The bowl is a parabola in the logarithm of the rate: its vertex is found exactly.
  EXPECT_NEAR(std::log2(table.rows[0].vertex), -0.7, 1e-9);
  EXPECT_NEAR(std::log2(table.rows[1].vertex), 0.2, 1e-9);
}

TEST(LearningRateTable, SaysWhetherTheBestTransfers) {
  const RateTable stays = LearningRateTable(Joined({Bowl(1e12, 1e5, 0.1), Bowl(1e12, 4e5, 0.2)}));
  EXPECT_EQ(stays.widest_shift, 0);
  EXPECT_EQ(stays.transfer_cost, 0);
  const RateTable moves = LearningRateTable(Joined({Bowl(1e12, 1e5, 1), Bowl(1e12, 4e5, -1)}));
  EXPECT_EQ(moves.widest_shift, 2);
  EXPECT_NEAR(moves.transfer_cost, 0.4, 1e-12);  // at rate 2 the larger loses (1 - -1)^2 / 10
}

// A best rate may follow the budget: only sizes of one budget are compared.
TEST(LearningRateTable, BudgetsAreNotCompared) {
  const RateTable table = LearningRateTable(Joined({Bowl(1e12, 1e5, 1), Bowl(1e13, 1e5, -1)}));
  EXPECT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.widest_shift, 0);
  EXPECT_TRUE(std::isnan(table.transfer_cost));
}

TEST(LearningRateTable, DivergedRunsAreNotBest) {
  std::vector<RateRun> runs = Bowl(1e12, 1e5, 1);
  runs[3].loss = std::nan("");  // the best
  runs[4].loss = std::nan("");
  const RateTable table = LearningRateTable(runs);
  EXPECT_EQ(table.rows[0].best_rate, 1);
  EXPECT_FALSE(table.rows[0].at_edge);
  EXPECT_TRUE(std::isnan(table.rows[0].vertex));
  for (RateRun& run : runs) run.loss = std::nan("");
  EXPECT_TRUE(std::isnan(LearningRateTable(runs).rows[0].best_rate));
}

TEST(LearningRateTable, ABestAtTheEdgeIsMarked) {
  EXPECT_TRUE(LearningRateTable(Bowl(1e12, 1e5, 3)).rows[0].at_edge);
  EXPECT_TRUE(LearningRateTable(Bowl(1e12, 1e5, -3)).rows[0].at_edge);
}

TEST(LearningRateTable, OneRateIsNoSweep) {
  EXPECT_TRUE(LearningRateTable({{1e12, 1e5, 64, 1, 2}, {1e12, 2e5, 64, 1, 2}}).rows.empty());
  EXPECT_TRUE(LearningRateTable({}).rows.empty());
}

}  // namespace
}  // namespace ff::scaling
