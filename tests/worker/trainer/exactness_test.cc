// What may befall a run, and that it loses nothing: signals, minutes, a bound on losses, too little
// memory, stable phases shared between runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "tests/worker/trainer/trainer_process.h"

namespace ff::trainer {
namespace {

using namespace protocol;  // NOLINT: reports and orders are this file's vocabulary
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> StepFolders(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST_F(TrainerTest, SigtermChecksPointsAndLeaves) {
  const std::string undisturbed = Curve(RunAlone(Order("alone", 60)));
  StartOrder order = Order("stopped", 60);
  TrainerProcess first;
  first.Send(order);
  first.Until<Measurement>();
  first.Signal(SIGTERM);
  const auto before = first.UntilDone();
  const Stopped stopped = std::get<Stopped>(before.back());
  EXPECT_LT(stopped.step, 60);
  EXPECT_EQ(Only<CheckpointWritten>(before).back().step, stopped.step);
  EXPECT_EQ(first.Wait(), 0);
  order.resume = true;
  const std::string rest = Curve(RunAlone(order));
  EXPECT_EQ(undisturbed.substr(undisturbed.size() - rest.size()), rest);
}

TEST_F(TrainerTest, SigtermEndsATrainerThatHasNothingToDo) {
  TrainerProcess trainer;
  ASSERT_TRUE(trainer.Next().ok());
  trainer.Signal(SIGTERM);
  EXPECT_EQ(trainer.Wait(), 0);
}

TEST_F(TrainerTest, Sigusr2WritesACheckpointAndGoesOn) {
  TrainerProcess trainer;
  trainer.Send(Order("a", 80));
  trainer.Until<Measurement>();
  trainer.Signal(SIGUSR2);
  const auto reports = trainer.UntilDone();
  EXPECT_EQ(Only<CheckpointWritten>(reports).size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Finished>(reports.back()));
}

TEST_F(TrainerTest, WritesCheckpointsByTheMinute) {
  StartOrder order = Order("a", 40);
  order.plan.checkpoint_minutes = 1e-9;  // every step is later than that
  EXPECT_EQ(Only<CheckpointWritten>(RunAlone(order)).size(), 39u);
  order.checkpoint_dir += "2", order.plan.checkpoint_minutes = 60;
  EXPECT_TRUE(Only<CheckpointWritten>(RunAlone(order)).empty());
}

TEST_F(TrainerTest, KeepsTheLastTwoCheckpoints) {
  StartOrder order = Order("a", 30);
  order.plan.checkpoint_every = 7;
  RunAlone(order);
  EXPECT_THAT(StepFolders(order.checkpoint_dir), ElementsAre("step_000000021", "step_000000028"));
}

TEST_F(TrainerTest, ADamagedCheckpointIsPassedOverForTheOneBefore) {
  const std::string undisturbed = Curve(RunAlone(Order("alone", 30)));
  StartOrder order = Order("a", 30);
  order.plan.checkpoint_every = 7;
  RunAlone(order);
  const std::string newest = order.checkpoint_dir + "/step_000000028/state.safetensors";
  std::fstream(newest, std::ios::in | std::ios::out | std::ios::binary).seekp(5000) << "damage";
  order.resume = true;
  const auto reports = RunAlone(order);
  EXPECT_EQ(Only<Started>(reports).front().resumed_from_step, 21);
  const std::string rest = Curve(reports);
  EXPECT_EQ(undisturbed.substr(undisturbed.size() - rest.size()), rest);
}

TEST_F(TrainerTest, ALossAboveTheBoundIsDivergence) {
  StartOrder order = Order("a", 50);
  order.plan.max_loss =
      std::log(256.0) - 0.4;  // passed on the way down only in the wrong direction
  const Failed failed = std::get<Failed>(RunAlone(order).back());
  EXPECT_EQ(failed.kind, "diverged");
  EXPECT_EQ(failed.step, 0);
  EXPECT_THAT(failed.message, HasSubstr("trainer.max_loss"));
  order.plan.max_loss = 20, order.checkpoint_dir += "2";
  EXPECT_TRUE(std::holds_alternative<Finished>(RunAlone(order).back()));
}

class Memory : public TrainerTest {
 protected:
  // Logits of the whole batch alone are 64 * 32 * 50000 floats: 410 MB, and as much for their
  // gradient.
  StartOrder Large(const std::string& name, int64_t steps) const {
    StartOrder order = Order(name, steps);
    Plan& p = order.plan;
    p.shape.vocab_size = 50000, p.shape.layers = 1, p.batch_size = 64;
    p.tokens = steps * 64 * 32, p.estimated_memory_bytes = 9e8, p.eval_tokens = 64;
    Recount(p);
    return order;
  }
  // 600 MB more than the program holds when it has trained something small: how much that is
  // depends on LibTorch and the number of processors.
  rlim_t Limit() {
    TrainerProcess any;
    any.Send(Order("probe", 2));
    any.UntilDone();
    return any.DataBytes() + 600'000'000;
  }
};

TEST_F(Memory, TooLittleIsAnsweredBySmallerMicroBatches) {
  StartOrder order = Large("a", 2);
  order.plan.dropout = 0.01;  // by autograd, which holds the logits of all rows at once
  TrainerProcess small(Limit(), folder_ + "/log");
  small.Send(order);
  const auto reports = small.UntilDone();
  EXPECT_THAT(*checkpoint::ReadFile(folder_ + "/log"),
              AllOf(HasSubstr("0.90 GB planned"), HasSubstr("going on with 2 micro-batches")));
  ASSERT_TRUE(std::holds_alternative<Finished>(reports.back())) << ToLine(reports.back());
  StartOrder split = Large("b", 2);
  split.plan.dropout = 0.01, split.plan.accumulation_steps = 8;
  const auto same = RunAlone(split);
  // The same mathematics: what differs is rounding.
  const auto a = Only<Measurement>(reports), b = Only<Measurement>(same);
  ASSERT_EQ(a.size(), 2u);
  EXPECT_NEAR(a[0].loss, b[0].loss, 1e-3);
  EXPECT_NEAR(a[1].loss, b[1].loss, 1e-3);
}

TEST_F(Memory, WhatFitsNowhereIsReportedBesideThePlansEstimate) {
  StartOrder order = Large("a", 2);
  order.plan.batch_size = 1, order.plan.tokens = 2 * 32;
  order.plan.shape.d_model = 3072, order.plan.shape.heads = 2, order.plan.shape.kv_heads = 2;
  Recount(order.plan);
  TrainerProcess small(Limit());
  small.Send(order);
  const Failed failed = std::get<Failed>(small.UntilDone().back());
  EXPECT_EQ(failed.kind, "out_of_memory");
  EXPECT_THAT(failed.message, AllOf(HasSubstr("micro-batches of 1 sequences"),
                                    HasSubstr("held at the peak"), HasSubstr("0.90 GB planned")));
}

class StablePhase : public TrainerTest {
 protected:
  StartOrder Wsd(const std::string& name, int64_t steps) const {
    StartOrder order = Order(name, steps);
    order.plan.scheduler = "wsd", order.plan.decay_steps = steps / 4;
    order.plan.branch_steps = {15, 30, 60};  // of 20, 40 and 80 steps
    order.trunk_dir = folder_ + "/trunk", order.resume = true;
    return order;
  }
  StartOrder Alone(const std::string& name, int64_t steps) const {
    StartOrder order = Wsd(name, steps);
    order.trunk_dir.clear();
    return order;
  }
};

// The longest first, as the scheduler grants them: the others only decay.
TEST_F(StablePhase, ShorterRunsBranchOffALongerOne) {
  const std::string middle = Curve(RunAlone(Alone("m", 40))),
                    brief = Curve(RunAlone(Alone("s", 20)));
  RunAlone(Wsd("long", 80));
  const auto branched = RunAlone(Wsd("middle", 40));
  EXPECT_EQ(Only<Started>(branched).front().resumed_from_step, 30);
  EXPECT_EQ(Curve(branched), middle);  // repeated measurements included
  const auto last = RunAlone(Wsd("short", 20));
  EXPECT_EQ(Only<Started>(last).front().resumed_from_step, 15);
  EXPECT_EQ(Curve(last), brief);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/trunk"));  // all three are done
}

TEST_F(StablePhase, ALongerRunGoesOnFromAShorterOne) {
  const std::string alone = Curve(RunAlone(Alone("l", 80)));
  RunAlone(Wsd("short", 20));
  const auto lengthened = RunAlone(Wsd("long", 80));
  EXPECT_EQ(Only<Started>(lengthened).front().resumed_from_step, 15);
  EXPECT_EQ(Curve(lengthened), alone);
}

TEST_F(StablePhase, OnesOwnCheckpointGoesFirstWhereItIsFurther) {
  StartOrder order = Wsd("long", 80);
  order.plan.checkpoint_every = 35;
  RunAlone(Wsd("short", 20));
  TrainerProcess trainer;
  trainer.Send(order);
  trainer.Until<CheckpointWritten>();
  trainer.Kill(), trainer.Wait();
  EXPECT_EQ(Only<Started>(RunAlone(order)).front().resumed_from_step, 35);
}

TEST_F(StablePhase, AStateOfAnotherModelIsPassedOver) {
  RunAlone(Wsd("long", 80));
  StartOrder other = Wsd("other", 40);
  other.plan.learning_rate = 0.25;
  EXPECT_EQ(Only<Started>(RunAlone(other)).front().resumed_from_step, 0);
}

}  // namespace
}  // namespace ff::trainer
