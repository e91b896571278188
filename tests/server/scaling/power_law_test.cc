#include "server/scaling/power_law.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ff::scaling {
namespace {

const std::vector<double> kCompute = {1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

std::vector<double> Planted(double k, double a) {
  std::vector<double> values;
  for (const double c : kCompute) values.push_back(k * std::pow(c, a));
  return values;
}

TEST(PowerLaw, RecoversAPlantedLaw) {
  for (const bool robust : {false, true}) {
    const auto law = FitPowerLaw("N_opt", kCompute, Planted(0.3, 0.47), robust);
    ASSERT_TRUE(law.ok()) << law.status();
    EXPECT_NEAR(law->exponent_a, 0.47, 1e-9);
    EXPECT_NEAR(law->coefficient_k, 0.3, 1e-8);
    EXPECT_NEAR(law->r_squared, 1, 1e-12);
    EXPECT_EQ(law->formula, "N_opt = 0.3 * C^0.4700");
  }
}

TEST(PowerLaw, CeresAgreesWithTheClosedForm) {
  std::vector<double> values = Planted(0.3, 0.47);
  for (size_t i = 0; i < values.size(); ++i) values[i] *= 1 + 0.2 * std::sin(3.0 * i);
  const auto law = FitPowerLaw("N_opt", kCompute, values, false);
  const Line line = LeastSquaresLine(Log(kCompute), Log(values));
  ASSERT_TRUE(law.ok());
  EXPECT_NEAR(law->exponent_a, line.slope, 1e-10);
  EXPECT_NEAR(std::log(law->coefficient_k), line.intercept, 1e-8);
}

TEST(PowerLaw, CeresAgreesWithReweightingOnHubersLoss) {
  std::vector<double> values = Planted(0.3, 0.47);
  for (size_t i = 0; i < values.size(); ++i) values[i] *= 1 + 0.2 * std::sin(3.0 * i);
  values[5] *= 8;
  const std::vector<double> x = Log(kCompute), y = Log(values);
  const auto law = FitPowerLaw("N_opt", kCompute, values, true);
  ASSERT_TRUE(law.ok());
  EXPECT_NEAR(law->exponent_a, ReweightedHuberLine(x, y, HuberDelta(x, y)).slope, 1e-7);
}

TEST(PowerLaw, HuberResistsOneWildBudget) {
  std::vector<double> values = Planted(0.3, 0.47);
  for (size_t i = 0; i < values.size(); ++i) values[i] *= 1 + 0.01 * std::sin(5.0 * i);
  values.back() *= 10;
  const auto plain = FitPowerLaw("N_opt", kCompute, values, false);
  const auto robust = FitPowerLaw("N_opt", kCompute, values, true);
  ASSERT_TRUE(plain.ok() && robust.ok());
  EXPECT_GT(std::abs(plain->exponent_a - 0.47), 0.08);
  EXPECT_LT(std::abs(robust->exponent_a - 0.47), 0.01);
}

TEST(PowerLaw, RSquaredByHand) {
  // y = 0, 1, 0 over x = 0, 1, 2: best line is flat at 1/3, so nothing is explained.
  const std::vector<double> x = {0, 1, 2}, y = {0, 1, 0};
  const Line line = LeastSquaresLine(x, y);
  EXPECT_NEAR(line.slope, 0, 1e-15);
  EXPECT_NEAR(RSquared(line, x, y), 0, 1e-15);
}

TEST(PowerLaw, TheilSenIsTheMedianSlope) {
  // Slopes of the pairs: 1, 1, 100/3, 1, 49.5, 98; their median lies between 1 and 100/3.
  const std::vector<double> x = {0, 1, 2, 3}, y = {0, 1, 2, 100};
  EXPECT_NEAR(TheilSenLine(x, y).slope, (1 + 100.0 / 3) / 2, 1e-12);
}

TEST(SolveLine, RefusesASinglePoint) {
  EXPECT_EQ(SolveLine({1.0}, {1.0}, Line{}, 0).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Median, OddAndEven) {
  EXPECT_EQ(Median({3, 1, 2}), 2);
  EXPECT_EQ(Median({4, 1, 2, 3}), 2.5);
}

}  // namespace
}  // namespace ff::scaling
