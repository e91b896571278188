// What ranks agree on and add up, by threads of this process in the place of ranks.
#include "worker/trainer/rank_group.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "tests/worker/trainer/trainer_process.h"
#include "worker/trainer/failure.h"
#include "worker/trainer/training_session.h"

namespace ff::trainer {
namespace {

// Runs `body` once as each of `ranks` ranks.
void AsRanks(int ranks, const std::function<void(RankGroup&)>& body) {
  const auto keeper = Rendezvous::HostOnLoopback();
  ASSERT_TRUE(keeper.ok()) << keeper.status();
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      auto rendezvous = Rendezvous::Join("127.0.0.1", (*keeper)->port(), absl::Seconds(20));
      ASSERT_TRUE(rendezvous.ok()) << rendezvous.status();
      auto group = RankGroup::Join(**rendezvous, {rank, ranks, "cpu", "test"});
      ASSERT_TRUE(group.ok()) << group.status();
      body(**group);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(RankGroup, AddsUp) {
  AsRanks(3, [](RankGroup& group) {
    double values[2] = {double(group.rank()), 1};
    group.SumOnHost(values, 2);
    EXPECT_EQ(values[0], 3);
    EXPECT_EQ(values[1], 3);
    const at::Tensor tensor = at::full({1000}, float(group.rank() + 1));
    group.BeginSum(tensor);
    group.FinishSums();
    EXPECT_TRUE(at::equal(tensor, at::full({1000}, 6.f)));
    double first[1] = {double(group.rank() + 5)};
    group.BroadcastOnHost(first, 1);
    EXPECT_EQ(first[0], 5);
  });
}

TEST(RankGroup, KnowsWhetherAllHaveTheSame) {
  AsRanks(3, [](RankGroup& group) {
    EXPECT_TRUE(group.AllHave(-1234567890123456789));
    EXPECT_FALSE(group.AllHave(group.rank() == 1 ? 7 : 8));
    EXPECT_FALSE(group.AllHave(group.rank() == 2 ? int64_t{1} << 40 : 0));
  });
}

TEST(RankGroup, AgreesOnTheLowestRanksError) {
  AsRanks(3, [](RankGroup& group) {
    uint32_t flags = group.rank() == 1 ? 4 : 1;
    EXPECT_TRUE(group.Agree(absl::OkStatus(), &flags).ok());
    EXPECT_EQ(flags, 5u);
    const absl::Status mine = group.rank() == 0   ? absl::OkStatus()
                              : group.rank() == 1 ? Failure("out_of_memory", "no room")
                                                  : Failure("bad_data", "no file");
    const absl::Status all = group.Agree(mine);
    EXPECT_EQ(FailureKind(all), "out_of_memory");
    EXPECT_EQ(all.message(), "rank 1: no room");
    // Who only knows that another failed has nothing to say.
    const absl::Status other = group.Agree(group.rank() == 2 ? Failure("device", "broken")
                                                             : Failure(kOtherRank, "another"));
    EXPECT_EQ(FailureKind(other), "device");
  });
}

class RankSessions : public TrainerTest {};

// A rank with other weights than the rest must not go unnoticed.
TEST_F(RankSessions, DifferentWeightsAreNoticed) {
  AsRanks(2, [&](RankGroup& group) {
    protocol::StartOrder order = Order("x", 30);
    order.plan.seed = group.rank();
    const auto session = TrainingSession::Create(order, &group);
    ASSERT_TRUE(session.ok()) << session.status();
    EXPECT_FALSE((*session)->RanksAreEqual());
    TrainingState state;
    (*session)->ShareFirst(state);
    EXPECT_TRUE((*session)->RanksAreEqual());
  });
}

TEST_F(RankSessions, WeightsAndMomentsHaveTheSameBits) {
  protocol::StartOrder order = Order("x", 30);
  order.plan.batch_size = 5, order.plan.tokens = 30 * 5 * 32;
  for (const char* name : {"/0", "/1"}) std::filesystem::create_directory(folder_ + name);
  AsRanks(2, [&](RankGroup& group) {
    const auto session = TrainingSession::Create(order, &group);
    ASSERT_TRUE(session.ok()) << session.status();
    for (int64_t step = 0; step < 30; ++step) ASSERT_TRUE((*session)->Step(step, false).ok());
    EXPECT_TRUE((*session)->RanksAreEqual());
    TrainingState state;
    state.step = 30;
    ASSERT_TRUE((*session)->Save(folder_ + "/" + std::to_string(group.rank()), state).ok());
  });
  const auto first = checkpoint::ReadFile(folder_ + "/0/state.safetensors");
  const auto second = checkpoint::ReadFile(folder_ + "/1/state.safetensors");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
}

}  // namespace
}  // namespace ff::trainer
