// Predictions of all approaches side by side.
#include "server/analysis/predict_all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/analysis/analyze_runs.h"
#include "tests/server/analysis/planted_table.h"

namespace ff::analysis {
namespace {

using ::testing::HasSubstr;

Analysis Planted(int resamples) {
  AnalyzeOptions options;
  options.profiles.method = "quadratic";
  options.profiles.resamples = options.law.resamples = resamples;
  options.influence = false;
  options.backtest_budgets = 0;
  return *AnalyzeRuns(PlantedTable(), {}, options);
}

TEST(PredictAll, EachApproachWithIntervals) {
  const auto all = PredictAll(Planted(300), 1e21);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].method, "isoflop");
  EXPECT_EQ((*all)[1].method, "surface");
  for (const MethodPrediction& p : *all) {
    EXPECT_NEAR(6 * p.at.optimal_params * p.at.optimal_tokens / 1e21, 1, 0.02) << p.method;
    EXPECT_NEAR(p.at.tokens_per_param, p.at.optimal_tokens / p.at.optimal_params,
                1e-6 * p.at.tokens_per_param);
    EXPECT_LT(p.at.tokens_per_param_ci.low, p.at.tokens_per_param) << p.method;
    EXPECT_GT(p.at.tokens_per_param_ci.high, p.at.tokens_per_param) << p.method;
    EXPECT_LT(p.at.params_ci.low, p.at.params_ci.high) << p.method;
    EXPECT_GT(p.at.extrapolation, 1) << p.method;
  }
}

TEST(PredictAll, WithoutDrawsThereAreNoIntervals) {
  const auto all = PredictAll(Planted(0), 1e21);
  ASSERT_TRUE(all.ok());
  for (const MethodPrediction& p : *all) {
    EXPECT_EQ(p.at.tokens_per_param_ci.low, p.at.tokens_per_param_ci.high);
  }
}

TEST(PredictAll, BadTargetsAreRefused) {
  const Analysis analysis = Planted(0);
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    EXPECT_TRUE(absl::IsInvalidArgument(PredictAll(analysis, bad).status())) << bad;
  }
  Analysis nothing;
  nothing.fit.method = "surface";
  EXPECT_TRUE(absl::IsFailedPrecondition(PredictAll(nothing, 1e20).status()));
}

MethodPrediction At(const std::string& method, double n, double low, double high) {
  MethodPrediction prediction;
  prediction.method = method;
  prediction.at.target_compute = 1e21;
  prediction.at.optimal_params = n;
  prediction.at.params_ci = {low, high};
  return prediction;
}

TEST(Disagreement, IsSaidFromTenPercentOn) {
  EXPECT_EQ(Disagreement({At("isoflop", 1e9, 9e8, 1.1e9)}), "");
  EXPECT_EQ(Disagreement({At("isoflop", 1e9, 9e8, 1.1e9), At("surface", 1.09e9, 1e9, 2e9)}), "");
  EXPECT_EQ(
      Disagreement({At("isoflop", 1e9, 9e8, 1.1e9), At("surface", 1.3e9, 1.05e9, 2e9)}),
      "isoflop and surface differ by a factor 1.3 in N at 1e+21 FLOP, within their intervals");
  EXPECT_THAT(Disagreement({At("isoflop", 1e9, 9e8, 1.1e9), At("surface", 5e8, 4e8, 6e8)}),
              HasSubstr("factor 2 in N at 1e+21 FLOP, beyond their intervals"));
}

}  // namespace
}  // namespace ff::analysis
