// What scheduling asks the store: candidates in their order, loads, health, stored checkpoints.
#include <gmock/gmock.h>

#include "tests/server/storage/store_fixture.h"

namespace ff::storage {
namespace {

using ::testing::ElementsAre;

TEST_F(StoreTest, CandidatesComeInOrder) {
  Fill();
  ASSERT_TRUE(Write([](Transaction& tx) {
                EXPECT_TRUE(tx.AddSweep(SampleSweep("t", 5), "y").ok());
                Experiment big = SampleExperiment("t", "big", 0);
                big.plan.flops = 1e15;
                Experiment gpu = SampleExperiment("s", "gpu", 7);
                gpu.plan.device = "cuda";
                Experiment long_one = SampleExperiment("s", "long", 8);
                long_one.plan.flops = 1e13;
                EXPECT_TRUE(tx.AddExperiment(big).ok());
                EXPECT_TRUE(tx.AddExperiment(gpu).ok());
                EXPECT_TRUE(tx.AddExperiment(long_one).ok());
                return tx.UpdateExperiment("s", "e2",
                                           {ExperimentState::kWaiting, 0, 0, 0, "w", std::nullopt});
              }).ok());
  const auto ids = [&](const std::string& worker, const std::vector<std::string>& kinds,
                       int limit) {
    std::vector<std::string> out;
    for (const ExperimentFacts& f : Get<std::vector<ExperimentFacts>>([&](View& v) {
           return v.ListCandidates("s",
                                   {.worker_id = worker, .device_kinds = kinds, .limit = limit});
         })) {
      out.push_back(f.id);
    }
    return out;
  };
  EXPECT_THAT(ids("w", {"cpu"}, 10), ElementsAre("e2", "long", "e0", "e1"));
  EXPECT_THAT(ids("other", {"cuda"}, 10), ElementsAre("long", "e0", "e1", "e2", "gpu"));
  EXPECT_THAT(ids("w", {"cpu"}, 2), ElementsAre("e2", "long"));
}

TEST_F(StoreTest, CandidatesAreWhatTheWorkerCanDoNow) {
  Fill();
  ASSERT_TRUE(Write([](Transaction& tx) {
                ExperimentUpdate pause{ExperimentState::kWaiting, 0, 1, 0, ""};
                pause.not_before = At(100);
                EXPECT_TRUE(tx.UpdateExperiment("s", "e0", pause).ok());
                Experiment large = SampleExperiment("s", "large", 7);
                large.plan.estimated_memory_bytes = 9e9;
                return tx.AddExperiment(large);
              }).ok());
  const auto ids = [&](const CandidateFilter& filter) {
    std::vector<std::string> out;
    for (const ExperimentFacts& f : Get<std::vector<ExperimentFacts>>(
             [&](View& v) { return v.ListCandidates("s", filter); })) {
      out.push_back(f.id);
    }
    return out;
  };
  EXPECT_THAT(ids({.worker_id = "w", .now = At(99), .limit = 9}), ElementsAre("e1", "e2", "large"));
  EXPECT_THAT(ids({.worker_id = "w", .now = At(100), .limit = 9}),
              ElementsAre("e0", "e1", "e2", "large"));
  EXPECT_THAT(ids({.worker_id = "w", .memory_bytes = 8e9, .now = At(99), .limit = 9}),
              ElementsAre("e1", "e2"));
  EXPECT_THAT(ids({.worker_id = "w", .modes = {"umup_gpt"}, .now = At(99), .limit = 1}),
              ElementsAre("e1"));
  EXPECT_THAT(ids({.worker_id = "w", .modes = {"synthetic"}, .limit = 9}), ElementsAre());
  EXPECT_EQ(Get<ExperimentFacts>([](View& v) { return v.GetFacts("s", "e0"); }).not_before,
            At(100));
}

TEST_F(StoreTest, LoadsAreCountedAndSweepsComeByPriority) {
  Fill();
  ASSERT_TRUE(Write([](Transaction& tx) {
                EXPECT_TRUE(tx.AddSweep(SampleSweep("empty", 4), "z").ok());
                EXPECT_TRUE(tx.AddSweep(SampleSweep("t", 5), "y").ok());
                EXPECT_TRUE(tx.SetScheduling("t", {7, 2.5, 3, {"pool=a"}}).ok());
                return tx.AddExperiment(SampleExperiment("t", "e9", 0));
              }).ok());
  Lease("e0", 1);
  Reopen();
  const auto load = Get<SweepLoad>([](View& v) { return v.GetLoad("s"); });
  EXPECT_EQ(load.waiting, 2);
  EXPECT_EQ(load.in_flight, 1);
  const auto all = Get<std::vector<SweepLoad>>([](View& v) { return v.ListWaitingSweeps(9); });
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, "t");
  EXPECT_EQ(all[0].scheduling, (SchedulingSpec{7, 2.5, 3, {"pool=a"}}));
  EXPECT_EQ(Get<Sweep>([](View& v) { return v.GetSweep("t"); }).scheduling, all[0].scheduling);
  ASSERT_TRUE(Write([](Transaction& tx) {
                return tx.SetSweepState("t", SweepState::kPaused, absl::InfiniteFuture());
              }).ok());
  EXPECT_EQ(Get<std::vector<SweepLoad>>([](View& v) { return v.ListWaitingSweeps(9); }).size(), 1u);
}

TEST_F(StoreTest, HealthAndStoredCheckpointsComeBack) {
  Fill();
  Health cordoned{"cuda:0", 3, "broken"}, drained{"", 0, "drained"};
  drained.drain_until = At(9);
  ASSERT_TRUE(Write([&](Transaction& tx) {
                EXPECT_TRUE(tx.PutHealth("w", cordoned).ok());
                EXPECT_TRUE(tx.PutHealth("w", drained).ok());
                EXPECT_TRUE(absl::IsNotFound(tx.PutHealth("nobody", cordoned)));
                return tx.PutStoredCheckpoint("s", "e1", StoredCheckpoint{7, {{"f", "ab", 3}}});
              }).ok());
  Reopen();
  using HealthList = std::vector<std::pair<std::string, Health>>;
  const auto health = Get<HealthList>([](View& v) { return v.ListHealth("w"); });
  ASSERT_EQ(health.size(), 2u);
  EXPECT_EQ(health[0].second.drain_until, At(9));
  EXPECT_EQ(health[1].second.cordoned, "broken");
  EXPECT_EQ(health[1].second.fast_failures, 3);
  const auto stored = Get<std::optional<StoredCheckpoint>>(
      [](View& v) { return v.GetStoredCheckpoint("s", "e1"); });
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->files[0].sha256, "ab");
  EXPECT_THAT(Get<std::vector<std::string>>([](View& v) { return v.ListStoredFiles(); }),
              ElementsAre("ab"));
  ASSERT_TRUE(Write([&](Transaction& tx) { return tx.PutHealth("w", {"cuda:0"}); }).ok());
  EXPECT_EQ(Get<HealthList>([](View& v) { return v.ListHealth(""); }).size(), 1u);
}

}  // namespace
}  // namespace ff::storage
