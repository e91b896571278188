// A sweep that no worker can train must not wait without a word: why nothing is placed.
#include "server/scheduler/unplaced.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ff::scheduler {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Worker WithDevice(const std::string& kind, double memory_bytes) {
  Worker worker;
  worker.modes = {"synthetic", "umup_gpt"};
  worker.labels = {"pool=a"};
  worker.devices = {{kind == "cpu" ? "cpu" : "cuda:0", kind, "", memory_bytes, 1}};
  return worker;
}

TEST(Unplaced, NothingToSayWhereEachFitsSomewhere) {
  const std::vector<Worker> workers = {WithDevice("cpu", 8e9), WithDevice("cuda", 80e9)};
  const std::vector<Need> needs = {{"umup_gpt", "cuda", 70e9, 2}, {"synthetic", "auto", 0, 1}};
  EXPECT_EQ(WhyUnplaced({}, needs, workers), "");
  EXPECT_EQ(WhyUnplaced({}, {}, {}), "");
}

TEST(Unplaced, CountsWhatFitsNowhereAndNamesTheObstacle) {
  const std::vector<Worker> workers = {WithDevice("cpu", 8e9)};
  const std::string memory =
      WhyUnplaced({}, {{"umup_gpt", "auto", 12.3e9, 2}, {"umup_gpt", "auto", 1e9, 3}}, workers);
  EXPECT_THAT(memory, StartsWith("2 of 5 waiting experiments cannot be placed"));
  EXPECT_THAT(memory, HasSubstr("takes 12.3 GB and the largest device has 8.0 GB"));
  EXPECT_THAT(WhyUnplaced({}, {{"umup_gpt", "cuda", 1e9, 1}}, workers),
              HasSubstr("no worker has a device of kind cuda"));
  EXPECT_THAT(WhyUnplaced({}, {{"http", "auto", 0, 1}}, workers),
              HasSubstr("no worker has a trainer for mode http (there is one for synthetic, "));
  SchedulingSpec pool_b;
  pool_b.labels = {"pool=b"};
  EXPECT_THAT(WhyUnplaced(pool_b, {{"umup_gpt", "auto", 0, 1}}, workers),
              HasSubstr("no worker has the labels [pool=b]"));
  EXPECT_THAT(WhyUnplaced({}, {{"umup_gpt", "auto", 0, 1}}, {}), HasSubstr("no worker is alive"));
}

TEST(Unplaced, WhatIsOutOfUseIsTheReasonOnlyWhereItWouldFit) {
  Worker large = WithDevice("cuda", 80e9);
  large.devices[0].cordoned = "Xid 79";
  const Worker small = WithDevice("cuda", 8e9);
  EXPECT_THAT(WhyUnplaced({}, {{"umup_gpt", "cuda", 40e9, 1}}, {small, large}),
              HasSubstr("out of use"));
  EXPECT_EQ(WhyUnplaced({}, {{"umup_gpt", "cuda", 4e9, 1}}, {small, large}), "");
  large = WithDevice("cuda", 80e9);
  large.cordoned = "drained by a user";
  EXPECT_THAT(WhyUnplaced({}, {{"umup_gpt", "cuda", 40e9, 1}}, {small, large}),
              HasSubstr("ffctl worker uncordon"));
}

// Memory is unknown where the host does not tell it: then everything fits.
TEST(Unplaced, UnknownMemoryIsNoObstacle) {
  EXPECT_EQ(WhyUnplaced({}, {{"umup_gpt", "auto", 1e15, 1}}, {WithDevice("cpu", 0)}), "");
}

}  // namespace
}  // namespace ff::scheduler
