// Time, makespan and disk of a plan, against sums done by hand.
#include "server/scaling/cost_preview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace ff::scaling {
namespace {

using ::testing::HasSubstr;

struct Run {
  double flops, steps, seconds;
};

Effort EffortOf(const std::vector<Run>& runs) {
  Effort effort;
  for (const Run& r : runs) {
    const double t2 = r.seconds * r.seconds;
    ++effort.runs;
    effort.flops += r.flops;
    effort.seconds += r.seconds;
    effort.ff += r.flops * r.flops / t2;
    effort.fs += r.flops * r.steps / t2;
    effort.ss += r.steps * r.steps / t2;
    effort.ft += r.flops / r.seconds;
    effort.st += r.steps / r.seconds;
  }
  return effort;
}

Plan Of(double exact, int64_t steps) {
  Plan plan;
  plan.flops_exact = exact;
  plan.steps = steps;
  return plan;
}

TEST(Throughput, WithoutRunsIsAssumed) {
  const Throughput t = ThroughputOf({}, 5e10);
  EXPECT_FALSE(t.measured);
  EXPECT_EQ(t.flops_per_second, 5e10);
  EXPECT_THAT(t.source, HasSubstr("planner.estimate.flops_per_second"));
  EXPECT_EQ(SecondsFor(t, Of(1e12, 1000)), 20);
}

// The first estimate of a synthetic sweep took its FLOP for work and said hours for seconds.
TEST(Throughput, AStandInTakesTheTimeItIsToldToTake) {
  const Throughput t = StandInThroughput(0.01);
  EXPECT_NEAR(SecondsFor(t, Of(1e18, 1000)), 10, 0.1);
  EXPECT_LT(SecondsFor(StandInThroughput(0), Of(1e18, 1000)), 0.1);
  EXPECT_THAT(t.source, HasSubstr("10 ms a step"));
}

TEST(Throughput, FindsRateAndStepFromRunsOfDifferentShape) {
  // t = f / 1e10 + 2 ms a step.
  const Throughput t =
      ThroughputOf(EffortOf({{1e10, 1000, 3}, {1e12, 500, 101}, {4e11, 5000, 50}}), 1);
  EXPECT_TRUE(t.measured);
  EXPECT_NEAR(t.flops_per_second, 1e10, 1);
  EXPECT_NEAR(t.seconds_per_step, 0.002, 1e-9);
  EXPECT_NEAR(SecondsFor(t, Of(1e11, 1000)), 12, 1e-6);
}

TEST(Throughput, OfOneShapeIsTheRateAlone) {
  const Throughput t = ThroughputOf(EffortOf({{1e12, 1000, 100}, {2e12, 2000, 200}}), 1);
  EXPECT_EQ(t.seconds_per_step, 0);
  EXPECT_NEAR(t.flops_per_second, 1e10, 1);
}

TEST(Throughput, ANegativeCoefficientIsNotBelieved) {
  // The run of more steps was the faster one.
  const Throughput t = ThroughputOf(EffortOf({{1e12, 1000, 120}, {1e12, 4000, 100}}), 1);
  EXPECT_EQ(t.seconds_per_step, 0);
  EXPECT_NEAR(t.flops_per_second, 2e12 / 220, 1);
}

TEST(Makespan, IsNotTheSum) {
  EXPECT_EQ(Makespan({}, 2), 0);
  EXPECT_EQ(Makespan({3, 1, 2}, 1), 6);
  EXPECT_EQ(Makespan({3, 1, 2}, 2), 3);
  EXPECT_EQ(Makespan({3, 1, 2}, 10), 3);
  // Largest first: 5 + 4 on one slot, 5 + 3 and then the last 3 on the other.
  EXPECT_EQ(Makespan({3, 3, 4, 5, 5}, 2), 11);
}

TEST(CheckpointDisk, HoldsThreeOfEachThatRunsAtOnce) {
  Plan plan;
  plan.parameters = 1000;
  plan.mode = "umup_gpt";
  EXPECT_EQ(CheckpointBytes(plan), 12000);
  plan.mode = "synthetic";
  EXPECT_EQ(CheckpointBytes(plan), 0);
  EXPECT_EQ(CheckpointDisk({1, 5, 3}, 2), 3 * (5 + 3));
  EXPECT_EQ(CheckpointDisk({1}, 4), 3);
}

}  // namespace
}  // namespace ff::scaling
