#include "server/scaling/smooth_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/server/scaling/planted_runs.h"

namespace ff::scaling {
namespace {

using ::testing::HasSubstr;

// SciPy 1.10's Akima1DInterpolator and CubicSpline(bc_type="natural") at 0.5, 2.25, 4.6.
TEST(SmoothCurve, IsSciPys) {
  const std::vector<double> x = {0, 1, 2, 3.5, 5}, y = {5, 3, 2.5, 2.7, 4};
  const SmoothCurve akima(x, y, Smooth::kAkima), cubic(x, y, Smooth::kCubic);
  const double at[] = {0.5, 2.25, 4.6};
  const double expected_akima[] = {3.7744140625, 2.485429222451429, 3.543679132791328};
  const double expected_cubic[] = {3.860982142857143, 2.480514219576719, 3.587603386243386};
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(akima.At(at[i]), expected_akima[i], 1e-12);
    EXPECT_NEAR(cubic.At(at[i]), expected_cubic[i], 1e-12);
  }
}

TEST(SmoothCurve, LowestIsNoHigherThanAnyPointOfAFineGrid) {
  for (const Smooth kind : {Smooth::kAkima, Smooth::kCubic}) {
    const SmoothCurve curve({0, 1, 2, 3.5, 5}, {5, 3, 2.5, 2.7, 4}, kind);
    const double lowest = curve.At(curve.Lowest());
    for (int i = 0; i <= 5000; ++i) EXPECT_LE(lowest, curve.At(i / 1000.0) + 1e-12);
  }
}

AnalysisOptions With(const std::string& method, int resamples = 0) {
  AnalysisOptions options = QuadraticOptions();
  options.method = method;
  options.resamples = resamples;
  return options;
}

TEST(SmoothProfile, FindsPlantedOptima) {
  PlantedLaw law;
  law.sizes = 12;
  for (const char* method : {"akima", "cubic"}) {
    const auto fit = AnalyzeIsoflop(PlantedRuns(law), With(method, 300));
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_NEAR(fit->n_opt.exponent_a, 0.5, 0.01) << method;
    EXPECT_NEAR(fit->l_opt.exponent_a, -0.06, 1e-3) << method;
    EXPECT_LE(fit->n_opt.a_ci.low, fit->n_opt.exponent_a) << method;
    EXPECT_GE(fit->n_opt.a_ci.high, fit->n_opt.exponent_a) << method;
  }
}

TEST(SmoothProfile, AMinimumAtTheEdgeIsRefused) {
  std::vector<RunPoint> runs = PlantedRuns({});
  for (RunPoint& run : runs) {
    if (run.budget_index == 2) run.loss = 5 - 0.1 * std::log(run.parameters);
  }
  const auto fit = AnalyzeIsoflop(runs, With("akima"));
  ASSERT_TRUE(fit.ok());
  EXPECT_EQ(fit->optimal_points.size(), 5u);
  ASSERT_EQ(fit->exclusions.size(), 1u);
  EXPECT_THAT(fit->exclusions[0].reason, HasSubstr("at the largest size"));
  EXPECT_THAT(fit->exclusions[0].reason, HasSubstr("add larger models"));
}

TEST(SmoothProfile, TooFewSizesAreRefused) {
  PlantedLaw law;
  law.sizes = 3;
  const auto fit = AnalyzeIsoflop(PlantedRuns(law), With("cubic"));
  EXPECT_EQ(fit.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(fit.status().message(), HasSubstr("needs 4 sizes"));
}

TEST(SmoothProfile, RunsOfOneSizeCountByTheirMean) {
  std::vector<RunPoint> runs = PlantedRuns({});
  std::vector<RunPoint> doubled = runs;
  for (RunPoint run : runs) {
    run.experiment_id += "_again";
    run.loss *= 1.0001;
    doubled.push_back(run);
  }
  const auto once = AnalyzeIsoflop(runs, With("akima"));
  const auto twice = AnalyzeIsoflop(doubled, With("akima"));
  ASSERT_TRUE(once.ok() && twice.ok());
  EXPECT_NEAR(once->n_opt.exponent_a, twice->n_opt.exponent_a, 1e-6);
}

}  // namespace
}  // namespace ff::scaling
