// ffctl train: taking a sweep up, following it through everything that happens to it, and
// what is left at the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "absl/time/clock.h"
#include "client/files.h"
#include "tests/client/command_line.h"
#include "tests/client/fake_coordinator.h"

namespace ff::client {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Train : public testing::Test {
 protected:
  Train() : fake_(line_.home / "s.sock") {
    line_.env["FFCTL_COORDINATOR"] = fake_.Address();
    fake_.exports["results_json"] = "[]\n";
    fake_.workers.add_workers()->set_alive(true);
    Becomes(
        {ExampleSweep(2, 0, v1::SWEEP_STATE_ACTIVE), ExampleSweep(6, 0, v1::SWEEP_STATE_FINISHED)});
  }

  void Becomes(const std::vector<v1::Sweep>& history) {
    *fake_.created.mutable_sweep() = history.front();
    fake_.created.set_created(true);
    fake_.sweep_history = history;
  }

  Ran Run(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"train", "mode=synthetic"};
    words.insert(words.end(), more.begin(), more.end());
    return line_.Run(words);
  }

  CommandLine line_;
  FakeCoordinator fake_;
};

TEST_F(Train, FollowsToTheEndAndWritesResults) {
  const Ran ran = Run({"--name", "mine"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(fake_.create_request.name(), "mine");
  EXPECT_FALSE(fake_.create_request.must_be_new());
  EXPECT_THAT(ran.err, HasSubstr("created sweep 5eep1234: 6 experiments, 2 done already\n"));
  EXPECT_THAT(ran.err, HasSubstr("2/6 finished, 33 % of compute, ETA 3m12s\n"));
  EXPECT_THAT(ran.err, HasSubstr("6/6 finished, 100 % of compute, finished\n"));
  EXPECT_THAT(ran.err, HasSubstr("wrote outputs/results.json\nnext: ffctl analyze\n"));
  EXPECT_EQ(*ReadFile(line_.home / "outputs/results.json"), "[]\n");
  EXPECT_EQ(ran.out,
            "BUDGET  FINISHED  FAILED  BEST LOSS  AT N\n"
            "  1e15       3/3       0     3.2500  1.3M\n"
            "  1e16       3/3       0     2.7500  1.3M\n");
}

TEST_F(Train, TakesUpWhatExistsAndResumesWhatWasPaused) {
  Becomes({ExampleSweep(2, 0, v1::SWEEP_STATE_PAUSED), ExampleSweep(2, 0, v1::SWEEP_STATE_ACTIVE),
           ExampleSweep(6, 0, v1::SWEEP_STATE_FINISHED)});
  fake_.created.set_created(false);
  const Ran ran = Run();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("taking up sweep 5eep1234"));
  EXPECT_THAT(fake_.calls, Contains("ResumeSweep 5eep1234"));
}

TEST_F(Train, ResumeFalseRefusesWhatExists) {
  fake_.errors["CreateSweep"] = absl::AlreadyExistsError("sweep 5eep1234 exists");
  const Ran ran = Run({"resume=false"});
  EXPECT_TRUE(fake_.create_request.must_be_new());
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("next: resume=true takes it up"));
}

TEST_F(Train, FailedExperimentsAreShownAndTheExitCodeIsSix) {
  Becomes({ExampleSweep(5, 1, v1::SWEEP_STATE_FINISHED)});
  v1::Experiment* failed = fake_.experiments.add_experiments();
  failed->set_id("bbbb");
  failed->mutable_failure()->set_kind("diverged");
  failed->mutable_failure()->set_message("loss is nan at step 12");
  fake_.experiments.set_total(3);
  const Ran ran = Run();
  EXPECT_EQ(ran.code, 6);
  EXPECT_THAT(ran.err, HasSubstr("failed: bbbb (diverged) loss is nan at step 12\n"));
  EXPECT_THAT(ran.err, HasSubstr("... and 2 more"));
  EXPECT_THAT(ran.err, HasSubstr("ffctl experiment retry --failed --sweep 5eep1234"));
  EXPECT_TRUE(ReadFile(line_.home / "outputs/results.json").ok());
}

TEST_F(Train, InterruptDetachesAndSaysHowToComeBack) {
  Becomes({ExampleSweep(2, 0, v1::SWEEP_STATE_ACTIVE)});
  std::thread user([this] {
    absl::SleepFor(absl::Milliseconds(300));
    line_.interrupted = true;
  });
  const Ran ran = Run();
  user.join();
  EXPECT_EQ(ran.code, 130);
  EXPECT_THAT(ran.err, HasSubstr("detached: sweep 5eep1234 goes on"));
  EXPECT_THAT(ran.err, HasSubstr("ffctl sweep pause 5eep1234"));
  EXPECT_THAT(fake_.calls, Not(Contains("CancelSweep 5eep1234")));
  EXPECT_TRUE(ReadFile(line_.home / "outputs/results.json").ok()) << "what there is, is written";
}

TEST_F(Train, WaitsForACoordinatorThatGoesAwayAndComesBack) {
  Becomes({ExampleSweep(2, 0, v1::SWEEP_STATE_ACTIVE)});
  std::thread operator_([this] {
    absl::SleepFor(absl::Milliseconds(300));
    fake_.Stop();
    absl::SleepFor(absl::Milliseconds(1200));
    fake_.sweep_history = {ExampleSweep(6, 0, v1::SWEEP_STATE_FINISHED)};
    fake_.Start();
  });
  const Ran ran = Run();
  operator_.join();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("the coordinator is away"));
  EXPECT_THAT(ran.err, HasSubstr("the coordinator is back"));
}

TEST_F(Train, SaysThatNoWorkerIsAliveAndHowToStartOne) {
  fake_.workers.mutable_workers(0)->set_alive(false);
  const Ran ran = Run();
  EXPECT_THAT(ran.err, HasSubstr("no worker is alive"));
  EXPECT_THAT(ran.err, HasSubstr("ff-worker coordinator=" + fake_.Address()));
}

TEST_F(Train, ACancelledSweepIsAnError) {
  Becomes({ExampleSweep(2, 0, v1::SWEEP_STATE_CANCELLED)});
  const Ran ran = Run();
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("sweep 5eep1234 was cancelled"));
}

TEST_F(Train, APlanFileThatIsMissingNamesTheCommandToRunFirst) {
  const Ran ran = Run({"trainer.paths.sweep=outputs/sweep.json"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("outputs/sweep.json"));
  EXPECT_THAT(ran.err, HasSubstr("next: ffctl plan"));
}

TEST_F(Train, APlanFileOfOtherSettingsIsRefused) {
  fake_.preview.add_experiments()->set_id("e1");
  std::ofstream(line_.home / "sweep.json") << R"([{"experiment_id": "e2"}])";
  const Ran ran = Run({"trainer.paths.sweep=sweep.json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("was planned with other settings"));
  std::ofstream(line_.home / "sweep.json") << R"([{"experiment_id": "e1"}])";
  EXPECT_EQ(Run({"trainer.paths.sweep=sweep.json"}).code, 0);
}

// Two sizes at two rates; the large rate diverged for one of them.
void FillRates(FakeCoordinator* fake, const std::string& kind) {
  const auto add = [&](int64_t parameters, double rate, double loss) {
    v1::Experiment* e = fake->experiments.add_experiments();
    e->set_id("e" + std::to_string(fake->experiments.experiments_size()));
    e->set_budget_flops(1e15);
    e->mutable_plan()->set_parameters(parameters);
    e->mutable_plan()->mutable_shape()->set_d_model(64);
    e->mutable_plan()->set_learning_rate(rate);
    if (loss > 0) {
      e->set_state(v1::EXPERIMENT_STATE_FINISHED);
      e->mutable_result()->set_final_val_loss(loss);
    } else {
      e->set_state(v1::EXPERIMENT_STATE_FAILED);
      e->mutable_failure()->set_kind(kind);
    }
  };
  add(1000, 0.5, 3.25), add(1000, 1, 3.5), add(2000, 0.5, 3.125), add(2000, 1, -1);
}

TEST_F(Train, SweepsLearningRatesAndShowsLossesBySize) {
  Becomes({ExampleSweep(6, 0, v1::SWEEP_STATE_FINISHED)});
  FillRates(&fake_, "diverged");
  const Ran ran = Run({"--sweep-lr", "0.5,1"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const auto& rates = fake_.create_request.spec().planner().lr_schedule().sweep();
  EXPECT_THAT(rates, testing::ElementsAre(0.5, 1));
  EXPECT_THAT(ran.out, HasSubstr("LR 0.5"));
  EXPECT_THAT(ran.out, HasSubstr("3.2500*"));
  EXPECT_THAT(ran.out, HasSubstr("0.5 (edge)"));
  EXPECT_THAT(ran.out, HasSubstr("it transfers"));
}

// A rate that diverges is what such a sweep is to find out.
TEST_F(Train, ADivergedRateOfASweepOverRatesIsNoFailure) {
  Becomes({ExampleSweep(5, 1, v1::SWEEP_STATE_FINISHED)});
  FillRates(&fake_, "diverged");
  fake_.experiments.mutable_experiments()->erase(fake_.experiments.experiments().begin(),
                                                 fake_.experiments.experiments().begin() + 3);
  EXPECT_EQ(Run({"--sweep-lr", "0.5,1"}).code, 0);
  EXPECT_EQ(Run({}).code, 6);
  fake_.experiments.mutable_experiments(0)->mutable_failure()->set_kind("out_of_memory");
  EXPECT_EQ(Run({"--sweep-lr", "0.5,1"}).code, 6);
}

TEST_F(Train, NonsenseAfterSweepLrIsAWrongWord) {
  const Ran ran = Run({"--sweep-lr", "fast"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("lr_schedule.sweep"));
  EXPECT_EQ(Run({"--sweep-lr", "0.5,-1"}).code, 2);
}

}  // namespace
}  // namespace ff::client
