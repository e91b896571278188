// flops-fit's own method: the run of lowest loss at each budget and a straight line through
// them in log10-log10, worked out here by hand from a small results table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server/scaling/isoflop_analysis.h"

namespace ff::scaling {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

AnalysisOptions Empirical() {
  AnalysisOptions options;
  options.method = "empirical";
  options.loss_kind = "validation";
  return options;
}

// Lowest: (1e12, 1e5, 4.0), (1e14, 1e6, 3.2), (1e16, 1e8, 2.5): in log10 the points
// (12, 5), (14, 6), (16, 8).
std::vector<RunPoint> Table() {
  return {
      {"a", 0, 1e12, 5e4, 4e6, 4.5}, {"b", 0, 1e12, 1e5, 2e6, 4.0}, {"c", 0, 1e12, 5e5, 3e5, 4.8},
      {"d", 1, 1e14, 5e5, 3e7, 3.4}, {"e", 1, 1e14, 1e6, 2e7, 3.2}, {"f", 1, 1e14, 5e6, 3e6, 3.9},
      {"g", 2, 1e16, 1e6, 1e9, NAN}, {"h", 2, 1e16, 1e7, 2e8, 2.9}, {"i", 2, 1e16, 1e8, 2e7, 2.5}};
}

TEST(EmpiricalMethod, GivesTheNumbersWorkedOutByHand) {
  const auto fit = AnalyzeIsoflop(Table(), Empirical());
  ASSERT_TRUE(fit.ok()) << fit.status();
  ASSERT_EQ(fit->optimal_points.size(), 3u);
  EXPECT_EQ(fit->optimal_points[0].model_size, 1e5);
  EXPECT_EQ(fit->optimal_points[1].num_tokens, 2e7);
  EXPECT_EQ(fit->optimal_points[2].final_loss, 2.5);
  // x = 12, 14, 16; y = 5, 6, 8: slope 3 / 4, mean y 19 / 3, so log10 k = 19/3 - 10.5.
  EXPECT_NEAR(fit->n_opt.exponent_a, 0.75, 1e-9);
  EXPECT_NEAR(std::log10(fit->n_opt.coefficient_k), 19.0 / 3 - 10.5, 1e-8);
  // SSE = 1/6 (residuals 1/6, -1/3, 1/6), SST = 14/3.
  EXPECT_NEAR(fit->n_opt.r_squared, 1 - (1.0 / 6) / (14.0 / 3), 1e-9);
  // D at the optima: 2e6, 2e7, 2e7; slope (log10 of the last over the first) / 4.
  EXPECT_NEAR(fit->d_opt.exponent_a, 0.25, 1e-9);
  EXPECT_NEAR(fit->l_opt.exponent_a, std::log10(2.5 / 4.0) / 4, 1e-9);
  // D/N: 20, 20, 0.2.
  EXPECT_NEAR(fit->optimal_ratio, 20, 1e-9);
}

TEST(EmpiricalMethod, KeepsAnOptimumAtTheEdgeButWarns) {
  const auto fit = AnalyzeIsoflop(Table(), Empirical());
  ASSERT_TRUE(fit.ok());
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("1e+16 FLOP: lowest loss at the largest size")));
}

TEST(EmpiricalMethod, ListsTheFailedRun) {
  const auto fit = AnalyzeIsoflop(Table(), Empirical());
  ASSERT_TRUE(fit.ok());
  ASSERT_EQ(fit->exclusions.size(), 1u);
  EXPECT_EQ(fit->exclusions[0].experiment_id, "g");
}

TEST(EmpiricalMethod, ABudgetWithoutAFinishedRunIsNamed) {
  std::vector<RunPoint> runs = Table();
  for (RunPoint& run : runs) {
    if (run.budget_index == 1) run.loss = NAN;
  }
  const auto fit = AnalyzeIsoflop(runs, Empirical());
  EXPECT_EQ(fit.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(fit.status().message(), HasSubstr("1e+14 FLOP: no finished run"));
}

TEST(EmpiricalMethod, ParabolaFieldsStayEmpty) {
  const auto fit = AnalyzeIsoflop(Table(), Empirical());
  ASSERT_TRUE(fit.ok());
  for (const OptimalPoint& point : fit->optimal_points) {
    EXPECT_EQ(point.c2, 0);
    EXPECT_EQ(point.empirical_model_size, point.model_size);
  }
}

}  // namespace
}  // namespace ff::scaling
