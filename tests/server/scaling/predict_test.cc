#include <gtest/gtest.h>

#include "server/scaling/isoflop_analysis.h"
#include "tests/server/scaling/planted_runs.h"

namespace ff::scaling {
namespace {

Fit NoisyFit() {
  PlantedLaw law;
  law.noise_sd = 0.005;
  AnalysisOptions options = QuadraticOptions();
  options.resamples = 1000;
  return *AnalyzeIsoflop(PlantedRuns(law), options);
}

TEST(Predict, ReadsThePlantedLaw) {
  const Fit fit = *AnalyzeIsoflop(PlantedRuns({}), QuadraticOptions());
  const auto prediction = Predict(fit, 1e18);
  ASSERT_TRUE(prediction.ok());
  EXPECT_NEAR(prediction->optimal_params / (0.09 * 1e9), 1, 1e-6);
  EXPECT_NEAR(prediction->optimal_tokens / (1e9 / 0.54), 1, 1e-6);
  EXPECT_NEAR(prediction->expected_loss, 20 * std::pow(1e18, -0.06), 1e-6);
  EXPECT_NEAR(prediction->tokens_per_param, 1 / (6 * 0.09 * 0.09), 1e-4);
  EXPECT_NEAR(prediction->extrapolation, 1e18 / BudgetAt(5), 1e-6);
}

TEST(Predict, IntervalsHoldThePredictionAndWidenWithDistance) {
  const Fit fit = NoisyFit();
  const auto near = Predict(fit, BudgetAt(3)), far = Predict(fit, 1e20);
  ASSERT_TRUE(near.ok() && far.ok());
  for (const auto& p : {*near, *far}) {
    EXPECT_LT(p.params_ci.low, p.optimal_params);
    EXPECT_GT(p.params_ci.high, p.optimal_params);
    EXPECT_LT(p.loss_ci.low, p.expected_loss);
    EXPECT_GT(p.tokens_ci.high, p.optimal_tokens);
  }
  EXPECT_GT(far->params_ci.high / far->params_ci.low, near->params_ci.high / near->params_ci.low);
}

TEST(Predict, RefusesWhatIsNoCompute) {
  const Fit fit = NoisyFit();
  for (const double bad : {0.0, -1.0, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    EXPECT_EQ(Predict(fit, bad).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(Predict(Fit{}, 1e18).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace ff::scaling
