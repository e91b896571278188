// Transcripts with the real ff-trainer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/worker/trainer/trainer_process.h"

namespace ff::trainer {
namespace {

using namespace protocol;  // NOLINT: reports and orders are this file's vocabulary
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(TrainerTest, FromHelloToFinished) {
  TrainerProcess trainer;
  const Hello hello = std::get<Hello>(*trainer.Next());
  EXPECT_EQ(hello.protocol, 1);
  ASSERT_FALSE(hello.devices.empty());
  EXPECT_EQ(hello.devices[0].id, "cpu");
  EXPECT_GT(hello.devices[0].memory_bytes, 1e8);

  StartOrder order = Order("a", 20);
  order.plan.log_every = 6, order.plan.eval_every = 8, order.plan.checkpoint_every = 9;
  trainer.Send(order);
  const auto reports = trainer.UntilDone();
  const Started started = std::get<Started>(reports.front());
  EXPECT_EQ(started.parameters, order.plan.parameters);
  EXPECT_EQ(started.resumed_from_step, 0);
  std::vector<int64_t> measured, evaluated, saved;
  for (const auto& m : Only<Measurement>(reports)) {
    measured.push_back(m.step);
    EXPECT_EQ(m.tokens, m.step * 4 * 32);
    EXPECT_DOUBLE_EQ(m.flops, 1e9 * (double(m.step) / 20));
    EXPECT_GT(m.tokens_per_second, 0);
    EXPECT_GT(m.grad_norm, 0);
  }
  for (const auto& e : Only<Evaluation>(reports)) evaluated.push_back(e.step);
  for (const auto& c : Only<CheckpointWritten>(reports)) {
    saved.push_back(c.step);
    EXPECT_TRUE(std::filesystem::exists(c.path + "/manifest.json"));
  }
  EXPECT_THAT(measured, ::testing::ElementsAre(6, 12, 18, 20));
  EXPECT_THAT(evaluated, ::testing::ElementsAre(8, 16, 20));
  EXPECT_THAT(saved, ::testing::ElementsAre(9, 18));
  const Finished finished = std::get<Finished>(reports.back());
  EXPECT_EQ(finished.steps, 20);
  EXPECT_EQ(finished.tokens, order.plan.tokens);
  EXPECT_EQ(finished.flops, 1e9);
  EXPECT_EQ(finished.final_val_loss, Only<Evaluation>(reports).back().loss);
  EXPECT_LT(finished.final_val_loss, std::log(256.0) - 0.5);
}

TEST_F(TrainerTest, FinalTrainLossIsTheMeanOfTheLastTenth) {
  const auto reports = RunAlone(Order("a", 30));
  const auto measured = Only<Measurement>(reports);
  ASSERT_EQ(measured.size(), 30u);
  const double mean = (measured[27].loss + measured[28].loss + measured[29].loss) / 3;
  EXPECT_NEAR(std::get<Finished>(reports.back()).final_train_loss, mean, 1e-12);
}

TEST_F(TrainerTest, StaysReadyForTheNextExperiment) {
  TrainerProcess trainer;
  std::vector<std::string> curves;
  for (const char* name : {"a", "b"}) {
    trainer.Send(Order(name));
    curves.push_back(Curve(trainer.UntilDone()));
  }
  EXPECT_EQ(curves[0], curves[1]);
  EXPECT_THAT(curves[0], HasSubstr("finished"));
}

TEST_F(TrainerTest, RefusesABadPlanAndGoesOn) {
  TrainerProcess trainer;
  StartOrder order = Order("a");
  ++order.plan.parameters;
  trainer.Send(order);
  Failed failed = std::get<Failed>(trainer.UntilDone().back());
  EXPECT_EQ(failed.kind, "bad_plan");
  EXPECT_THAT(failed.message, HasSubstr("parameters"));
  EXPECT_TRUE(std::isnan(failed.last_loss));
  trainer.SendText("{\"type\": \"start\"}\n");
  EXPECT_EQ(std::get<Failed>(trainer.UntilDone().back()).kind, "bad_plan");
  trainer.Send(Order("b"));
  EXPECT_TRUE(std::holds_alternative<Finished>(trainer.UntilDone().back()));
}

TEST_F(TrainerTest, SaysWhatIsWrongWithTheData) {
  const auto failure = [&](auto&& bend) {
    StartOrder order = Order("a");
    bend(order);
    const Failed failed = std::get<Failed>(RunAlone(order).back());
    EXPECT_EQ(failed.kind, "bad_data");
    return failed.message;
  };
  EXPECT_THAT(failure([](auto& o) { o.data_path += "x"; }), HasSubstr("No such file"));
  EXPECT_THAT(failure([](auto& o) { ++o.plan.data_tokens; }), HasSubstr("the plan"));
  EXPECT_THAT(failure([](auto& o) { o.plan.shape.vocab_size = 100, Recount(o.plan); }),
              AllOf(HasSubstr("offset"), HasSubstr("vocabulary")));
  EXPECT_THAT(failure([this](auto& o) {
                std::filesystem::resize_file(TextPath(), 99);
                o.plan.data_tokens = 99;
              }),
              HasSubstr("too few"));
}

TEST_F(TrainerTest, RefusesADeviceThatIsNotThere) {
  StartOrder order = Order("a");
  order.device = "cuda:63";
  EXPECT_EQ(std::get<Failed>(RunAlone(order).back()).kind, "device");
}

TEST_F(TrainerTest, ReportsDivergenceWithTheLastGoodLoss) {
  StartOrder order = Order("a", 200);
  order.plan.parametrization = "sp", order.plan.scheduler = "constant";
  order.plan.learning_rate = 1e30;
  Recount(order.plan);
  const auto reports = RunAlone(order);
  const Failed failed = std::get<Failed>(reports.back());
  EXPECT_EQ(failed.kind, "diverged");
  ASSERT_FALSE(Only<Measurement>(reports).empty());
  EXPECT_EQ(failed.last_loss, Only<Measurement>(reports).back().loss);
  EXPECT_EQ(failed.step, Only<Measurement>(reports).back().step);
  EXPECT_THAT(failed.message, HasSubstr("the last good loss was"));
}

TEST_F(TrainerTest, StopsWithACheckpointAndResumesTheSameCurve) {
  const std::string undisturbed = Curve(RunAlone(Order("alone", 60)));
  StartOrder order = Order("stopped", 60);
  TrainerProcess first;
  first.Send(order);
  first.Until<Measurement>();
  first.Send(StopOrder{});
  auto before = first.UntilDone();
  const Stopped stopped = std::get<Stopped>(before.back());
  EXPECT_GE(stopped.step, 1);
  EXPECT_LT(stopped.step, 60);
  EXPECT_EQ(Only<CheckpointWritten>(before).back().step, stopped.step);
  order.resume = true;
  TrainerProcess second;
  second.Send(order);
  const auto after = second.UntilDone();
  EXPECT_EQ(Only<Started>(after).front().resumed_from_step, stopped.step);
  const std::string rest = Curve(after);
  EXPECT_EQ(undisturbed.substr(undisturbed.size() - rest.size()), rest);
}

TEST_F(TrainerTest, WritesACheckpointWhenAskedAndGoesOn) {
  TrainerProcess trainer;
  trainer.Send(Order("a", 80));
  trainer.Until<Measurement>();
  trainer.Send(CheckpointOrder{});
  const auto reports = trainer.UntilDone();
  EXPECT_EQ(Only<CheckpointWritten>(reports).size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Finished>(reports.back()));
}

TEST_F(TrainerTest, LeavesWhenTheAgentIsGone) {
  TrainerProcess trainer;
  trainer.Send(Order("a", 1000000));
  trainer.Until<Measurement>();
  trainer.CloseInput();
  EXPECT_EQ(trainer.Wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/a/step_000000001"));
}

TEST_F(TrainerTest, RefusesTheCheckpointOfAnotherPlan) {
  StartOrder order = Order("a");
  order.plan.checkpoint_every = 5;
  RunAlone(order);
  order.resume = true, order.plan.learning_rate = 0.25;
  const Failed failed = std::get<Failed>(RunAlone(order).back());
  EXPECT_EQ(failed.kind, "bad_plan");
  EXPECT_THAT(failed.message, HasSubstr("another plan"));
}

}  // namespace
}  // namespace ff::trainer
