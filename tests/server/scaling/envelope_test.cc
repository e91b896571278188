#include "server/scaling/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/server/scaling/planted_surface.h"

namespace ff::scaling {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

struct Curves {
  std::vector<CurveRun> runs;
  std::vector<CurvePoint> points;
};

// Curves along the planted surface itself: L(N, D) at each point of one run's training.
Curves Planted(const PlantedSurface& law, int sizes, double noise_sd = 0) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise(0, 1);
  Curves curves;
  for (int r = 0; r < sizes; ++r) {
    const double n = 2e7 * std::pow(1.5, r);
    curves.runs.push_back({"r" + std::to_string(r), n});
    for (int i = 0; i < 300; ++i) {
      const double d = n * 0.5 * std::pow(2000, i / 299.0);
      curves.points.push_back(
          {r, d, 6 * n * d, LossOf(law, n, d) * std::exp(noise_sd * noise(random))});
    }
  }
  return curves;
}

EnvelopeOptions Options(int resamples) {
  EnvelopeOptions options;
  options.resamples = resamples;
  return options;
}

TEST(Envelope, FindsTheExponentOfTheSurfaceItsCurvesLieOn) {
  const Curves curves = Planted({}, 14);
  const auto fit = FitEnvelope(curves.runs, curves.points, Options(100));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(fit->n_opt.exponent_a, 0.37 / 0.72, 0.02);
  EXPECT_NEAR(fit->n_opt.exponent_a + fit->d_opt.exponent_a, 1, 1e-3);
  EXPECT_GT(fit->runs_on_envelope, 8);
  // Without noise the interval knows what steps from size to size and the ends cost the estimate.
  EXPECT_NEAR(fit->n_opt.a_ci.low, 0.37 / 0.72, 1e-3);
  EXPECT_NEAR(fit->n_opt.a_ci.high, 0.37 / 0.72, 1e-3);
  const auto at = PredictEnvelope(*fit, 1e20);
  ASSERT_TRUE(at.ok());
  EXPECT_NEAR(std::log(at->optimal_params / BestSize({}, 1e20)), 0, 0.15);
}

TEST(Envelope, NoiseOfSingleStepsIsSmoothedAway) {
  const Curves curves = Planted({}, 14, 0.01);
  const auto smooth = FitEnvelope(curves.runs, curves.points, Options(0));
  EnvelopeOptions raw_options = Options(0);
  raw_options.smooth = 0;
  const auto raw = FitEnvelope(curves.runs, curves.points, raw_options);
  ASSERT_TRUE(smooth.ok() && raw.ok());
  // 1 % of noise a step costs 0.05 of the exponent even so: approach 1 is biased by noise.
  EXPECT_NEAR(smooth->n_opt.exponent_a, 0.37 / 0.72, 0.07);
  // The lowest of noisy curves lies too low; less so after smoothing.
  double below_smooth = 0, below_raw = 0;
  for (const auto* fit : {&*smooth, &*raw}) {
    double& below = fit == &*smooth ? below_smooth : below_raw;
    for (const EnvelopePoint& point : fit->points) {
      below += std::log(point.loss / LossOf({}, point.parameters, point.tokens)) /
               static_cast<double>(fit->points.size());
    }
  }
  EXPECT_GT(below_smooth, below_raw);
}

// Every run with an offset of its own: the estimate leans low, the interval does not and says so.
TEST(Envelope, IntervalsAllowForTheBiasOfNoise) {
  int held = 0, warned = 0;
  double estimate = 0;
  constexpr int kSweeps = 60;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    Curves curves = Planted({}, 12);
    std::mt19937_64 random(100 + sweep);
    std::normal_distribution<double> noise(0, 0.005);
    std::vector<double> offsets(12);
    for (double& offset : offsets) offset = std::exp(noise(random));
    for (CurvePoint& point : curves.points) point.loss *= offsets[point.run];
    const auto fit = FitEnvelope(curves.runs, curves.points, Options(200));
    ASSERT_TRUE(fit.ok()) << fit.status();
    held += fit->n_opt.a_ci.low < 0.37 / 0.72 && 0.37 / 0.72 < fit->n_opt.a_ci.high;
    estimate += fit->n_opt.exponent_a / kSweeps;
    for (const std::string& warning : fit->warnings) {
      warned += warning.find("noise alone moves") != warning.npos;
    }
  }
  EXPECT_LT(estimate, 0.37 / 0.72 - 0.02);
  // 95 % less two and a half standard deviations of 60 sweeps.
  EXPECT_GE(held, 52);
  EXPECT_GE(warned, 50);
}

TEST(Envelope, BadPointsAndRunsAreNamed) {
  Curves curves = Planted({}, 8);
  curves.points[5].loss = NAN;
  curves.runs.push_back({"short", 1e8});
  curves.points.push_back({8, 1e9, 6e17, 3.0});
  curves.runs.push_back({"sizeless", 0});
  curves.points.push_back({9, 1e9, 6e17, 3.0});
  curves.points.push_back({9, 2e9, 12e17, 2.9});
  curves.points.push_back({77, 2e9, 12e17, 2.9});
  const auto fit = FitEnvelope(curves.runs, curves.points, Options(0));
  ASSERT_TRUE(fit.ok()) << fit.status();
  ASSERT_EQ(fit->excluded.size(), 2u);
  EXPECT_EQ(fit->excluded[0].run_id, "short");
  EXPECT_THAT(fit->excluded[1].reason, HasSubstr("model size"));
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("run r0: 1 points")));
}

TEST(Envelope, TooFewSizesAreAnErrorThatSaysWhatToAdd) {
  const Curves curves = Planted({}, 3);
  const auto fit = FitEnvelope(curves.runs, curves.points, Options(0));
  EXPECT_EQ(fit.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(fit.status().message(), HasSubstr("Train more sizes"));
  EXPECT_FALSE(FitEnvelope({}, {}, Options(0)).ok());
}

TEST(Envelope, OptionsAreRead) {
  const Curves curves = Planted({}, 14, 0.01);
  EnvelopeOptions options = Options(0);
  options.min_r_squared = 0.9999999;
  options.expected_exponent = 0.9;
  options.exponent_tolerance = 0.1;
  options.enforce_monotonic = true;
  options.robust = true;
  const auto fit = FitEnvelope(curves.runs, curves.points, options);
  ASSERT_TRUE(fit.ok());
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("min_r_squared")));
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("expected_exponent")));
  for (size_t i = 1; i < fit->points.size(); ++i) {
    EXPECT_GE(fit->points[i].parameters, fit->points[i - 1].parameters);
  }
}

}  // namespace
}  // namespace ff::scaling
