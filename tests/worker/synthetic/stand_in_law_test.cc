#include "worker/synthetic/stand_in_law.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/worker/synthetic/small_plan.h"
#include "worker/synthetic/fault.h"

namespace ff::synthetic {
namespace {

TEST(StandInLawTest, TheLastStepHasTheLossOfTheLaw) {
  EXPECT_DOUBLE_EQ(LossAt(SmallPlan(100), 100), 2 + 10 / std::sqrt(1000) + 20 / std::sqrt(6400));
}

TEST(StandInLawTest, FallsWithEveryStep) {
  const protocol::Plan plan = SmallPlan(100, 0.1);
  for (int step = 2; step <= 100; ++step) EXPECT_LT(LossAt(plan, step), LossAt(plan, step - 1));
}

TEST(StandInLawTest, NoiseIsStandardNormal) {
  constexpr int kDraws = 4000;
  double sum = 0, squares = 0;
  for (int seed = 0; seed < kDraws; ++seed) {
    protocol::Plan plan = SmallPlan(10, 1);
    plan.seed = seed;
    const double noise = Noise(plan);
    sum += noise, squares += noise * noise;
  }
  EXPECT_NEAR(sum / kDraws, 0, 4 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1, 4 * std::sqrt(2.0 / kDraws));
}

TEST(StandInLawTest, NoiseFollowsContentAndSeedAlone) {
  const protocol::Plan plan = SmallPlan(10, 0.1);
  protocol::Plan cadence = plan;
  cadence.log_every = 7, cadence.checkpoint_every = 3, cadence.accumulation_steps = 2;
  cadence.synthetic.seconds_per_step = 9;
  EXPECT_EQ(Noise(cadence), Noise(plan));
  protocol::Plan seed = plan, size = plan;
  seed.seed = 1, size.parameters = 1001;
  EXPECT_NE(Noise(seed), Noise(plan));
  EXPECT_NE(Noise(size), Noise(plan));
}

TEST(FaultTest, IsReadOrExplained) {
  EXPECT_TRUE(ParseFault("crash_at_step:5")->At(Fault::Kind::kCrash, 5));
  EXPECT_FALSE(ParseFault("crash_at_step:5")->At(Fault::Kind::kCrash, 4));
  EXPECT_EQ(ParseFault("")->kind, Fault::Kind::kNone);
  for (const char* bad : {"crash", "crash_at_step", "crash_at_step:x", "dance:5"}) {
    EXPECT_EQ(ParseFault(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace ff::synthetic
