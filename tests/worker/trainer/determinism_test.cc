// The same plan gives the same bits: twice, resumed, killed; and what a plan may vary
// without changing what is trained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>
#include <thread>

#include "tests/worker/trainer/trainer_process.h"

namespace ff::trainer {
namespace {

using protocol::Finished;
using protocol::Measurement;
using protocol::StartOrder;

class Modes : public TrainerTest, public ::testing::WithParamInterface<const char*> {
 protected:
  StartOrder ModeOrder(const std::string& name, int64_t steps) const {
    StartOrder order = Order(name, steps);
    const std::string mode = GetParam();
    protocol::Plan& p = order.plan;
    if (mode == "bfloat16") p.dtype = "bfloat16";
    if (mode == "grouped") p.shape.kv_heads = 1;
    if (mode == "gains") p.shape.norm_gains = true;
    if (mode == "clipped") p.max_grad_norm = 20;
    if (mode == "two_threads") order.threads = 2;
    if (mode == "dropout") p.dropout = 0.1;
    if (mode == "wsd") p.scheduler = "wsd", p.decay_steps = 7;
    if (mode == "mup_simple") {
      p.parametrization = "mup-simple", p.shape.norm_gains = true;
      p.learning_rate = 0.02, p.weight_decay = 0.1, p.max_grad_norm = 1;
    }
    if (mode == "standard_tied") {
      p.parametrization = "sp", p.shape.tied_head = true, p.shape.norm_gains = true;
      p.learning_rate = 0.01, p.max_grad_norm = 1;
    }
    Recount(p);
    return order;
  }
};

TEST_P(Modes, LearnsAndGivesTheSameBitsTwice) {
  const auto first = RunAlone(ModeOrder("a", 25)), second = RunAlone(ModeOrder("b", 25));
  EXPECT_EQ(Curve(first), Curve(second));
  ASSERT_TRUE(std::holds_alternative<Finished>(first.back())) << protocol::ToLine(first.back());
  const auto measured = Only<Measurement>(first);
  EXPECT_NEAR(measured.front().loss, std::log(256.0), 0.5);
  EXPECT_LT(std::get<Finished>(first.back()).final_val_loss, 4.5);
}

// Every attempt gets some way past a checkpoint, so that each kill loses work and each
// resumption has something to take up.
TEST_P(Modes, KilledAtAnyMomentItStillFollowsTheSameCurve) {
  StartOrder order = ModeOrder("alone", 60);
  order.plan.log_every = 3, order.plan.checkpoint_every = 4;
  const auto alone = RunAlone(order);
  order.checkpoint_dir = folder_ + "/killed", order.resume = true;
  std::mt19937 random(11);
  for (int attempt = 0; attempt < 3; ++attempt) {
    TrainerProcess trainer;
    trainer.Send(order);
    trainer.Until<protocol::CheckpointWritten>();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20000));
    trainer.Kill();
    trainer.Wait();
  }
  const auto last = RunAlone(order);
  EXPECT_GE(Only<protocol::Started>(last).front().resumed_from_step, 12);
  const std::string rest = Curve(last), undisturbed = Curve(alone);
  ASSERT_TRUE(std::holds_alternative<Finished>(last.back()));
  ASSERT_LE(rest.size(), undisturbed.size());
  EXPECT_EQ(undisturbed.substr(undisturbed.size() - rest.size()), rest);
}

INSTANTIATE_TEST_SUITE_P(Plans, Modes,
                         ::testing::Values("plain", "bfloat16", "grouped", "gains", "clipped",
                                           "two_threads", "standard_tied", "dropout", "wsd",
                                           "mup_simple"));

// The masks too belong to the samples, not to the parts of a batch.
TEST_F(TrainerTest, SplittingTheBatchDropsTheSame) {
  StartOrder whole = Order("a", 3), split = Order("b", 3);
  whole.plan.dropout = split.plan.dropout = 0.5;
  split.plan.accumulation_steps = 4;
  const auto a = Only<Measurement>(RunAlone(whole)), b = Only<Measurement>(RunAlone(split));
  whole.plan.dropout = 0, whole.checkpoint_dir += "none";
  const auto none = Only<Measurement>(RunAlone(whole));
  EXPECT_NEAR(a[0].loss, b[0].loss, 1e-5);
  EXPECT_NEAR(a[2].loss, b[2].loss, 1e-3);
  EXPECT_GT(std::abs(a[0].loss - none[0].loss), 1e-3);
}

TEST_F(TrainerTest, NothingIsDroppedInEvaluations) {
  StartOrder order = Order("a", 4), dropping = Order("b", 4);
  order.plan.learning_rate = dropping.plan.learning_rate = 1e-12;
  order.plan.weight_decay = dropping.plan.weight_decay = 0;
  dropping.plan.dropout = 0.9;
  const auto a = RunAlone(order), b = RunAlone(dropping);
  EXPECT_NEAR(std::get<Finished>(a.back()).final_val_loss,
              std::get<Finished>(b.back()).final_val_loss, 1e-6);
  EXPECT_NE(Only<Measurement>(a)[0].loss, Only<Measurement>(b)[0].loss);
}

TEST_F(TrainerTest, SplittingTheBatchChangesRoundingAlone) {
  StartOrder whole = Order("a", 10), split = Order("b", 10);
  split.plan.accumulation_steps = 3;
  const auto a = Only<Measurement>(RunAlone(whole)), b = Only<Measurement>(RunAlone(split));
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i].loss, b[i].loss, 2e-3);
    EXPECT_NEAR(a[i].grad_norm / b[i].grad_norm, 1, 2e-2);
  }
  EXPECT_NEAR(a[0].loss, b[0].loss, 1e-5);
  EXPECT_NEAR(a[0].grad_norm / b[0].grad_norm, 1, 1e-5);
}

TEST_F(TrainerTest, SeedsDifferFromTheFirstStep) {
  StartOrder order = Order("a", 2), other = Order("b", 2);
  other.plan.seed = 4;
  EXPECT_NE(Only<Measurement>(RunAlone(order))[0].loss, Only<Measurement>(RunAlone(other))[0].loss);
}

TEST_F(TrainerTest, Bfloat16FollowsFloat32) {
  StartOrder wide = Order("a", 20), narrow = Order("b", 20);
  narrow.plan.dtype = "bfloat16";
  const auto a = RunAlone(wide), b = RunAlone(narrow);
  EXPECT_NEAR(Only<Measurement>(a)[0].loss, Only<Measurement>(b)[0].loss, 0.01);
  EXPECT_NEAR(std::get<Finished>(a.back()).final_val_loss,
              std::get<Finished>(b.back()).final_val_loss, 0.1);
}

}  // namespace
}  // namespace ff::trainer
