// What changes a sweep: deleting with its name typed, conditions, requests that are repeated; and
// what one looks at closely with: -o wide, --debug, the streams of a log, the schema of JSON, a
// pager.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "client/pager.h"
#include "tests/client/command_line.h"
#include "tests/client/fake_coordinator.h"

namespace ff::client {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Changes : public testing::Test {
 protected:
  Changes() : fake_(line_.home / "s.sock") {
    line_.env["FFCTL_COORDINATOR"] = fake_.Address();
    line_.env["TZ"] = "UTC";
    v1::Sweep sweep = ExampleSweep(2, 0, v1::SWEEP_STATE_CANCELLED);
    sweep.set_version(3);
    fake_.sweep_history = {sweep};
    fake_.deletion.set_sweep_id("5eep1234");
    fake_.deletion.set_experiments(6);
    fake_.deletion.set_measurements(1000);
    fake_.experiment.set_id("aaaabbbbcccc");
    fake_.experiment.set_sweep_id("5eep1234");
  }
  Ran Run(const std::vector<std::string>& words) { return line_.Run(words); }

  CommandLine line_;
  FakeCoordinator fake_;
};

TEST_F(Changes, ASweepIsDeletedOnceItsNameIsTyped) {
  const Ran nobody = Run({"sweep", "delete", "5eep"});
  EXPECT_EQ(nobody.code, 2);
  EXPECT_THAT(nobody.err, HasSubstr("6 experiments, 0 results, 0 attempts, 1000 measurements"));
  EXPECT_THAT(nobody.err, HasSubstr("next: ffctl sweep delete 5eep1234 --yes"));
  line_.answer = "yes\n";
  const Ran wrong = Run({"sweep", "rm", "5eep"});
  EXPECT_EQ(wrong.code, 130);
  EXPECT_THAT(wrong.err, HasSubstr("type first to go on: "));
  EXPECT_THAT(fake_.calls, Not(Contains("DeleteSweep 5eep1234")));
  line_.answer = "first\n";
  EXPECT_EQ(Run({"sweep", "delete", "5eep", "--reason", "old"}).code, 0);
  EXPECT_THAT(fake_.calls, Contains("DeleteSweep 5eep1234"));
  EXPECT_EQ(fake_.delete_request.if_version(), 3) << "of what was looked at";
  EXPECT_THAT(fake_.delete_request.by(), HasSubstr("old"));
  EXPECT_EQ(Run({"sweep", "delete"}).code, 2) << "@latest is not meant by nothing";
}

TEST_F(Changes, WhatNoKeyboardHasIsNotToBeTyped) {
  fake_.sweep_history[0].set_name("evil\x1b[2J");
  line_.answer = "x\n";
  EXPECT_THAT(Run({"sweep", "delete", "5eep"}).err, HasSubstr("type 5eep1234 to go on"));
}

TEST_F(Changes, DeletingOnTrialDeletesNothing) {
  const Ran ran = Run({"sweep", "delete", "5eep", "--dry-run", "-o", "json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("dry run: would delete sweep 5eep1234: 6 experiments"));
  EXPECT_EQ(nlohmann::json::parse(ran.out)["done"], false);
  EXPECT_THAT(fake_.calls, ElementsAre("GetSweep 5eep", "DeleteSweep? 5eep1234"));
}

TEST_F(Changes, WhatRunsIsNotDeleted) {
  fake_.errors["DeleteSweep?"] = absl::FailedPreconditionError("1 experiment is being trained");
  const Ran ran = Run({"sweep", "delete", "5eep", "--yes"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("is being trained"));
}

TEST_F(Changes, AnExperimentIsDeletedByTheBeginningOfItsId) {
  line_.answer = "aaaabbbb\n";
  EXPECT_EQ(Run({"exp", "rm", "aaaa", "--sweep", "5eep"}).code, 0);
  EXPECT_EQ(fake_.delete_experiment_request.experiment(), "aaaabbbbcccc");
  EXPECT_EQ(fake_.delete_experiment_request.sweep(), "5eep1234");
}

TEST_F(Changes, AConditionIsHandedOnAndItsConflictHasAnExitCode) {
  EXPECT_EQ(Run({"sweep", "pause", "5eep", "--if-version", "7"}).code, 0);
  EXPECT_EQ(fake_.if_version, 7);
  EXPECT_EQ(Run({"sweep", "set", "5eep", "priority=1", "--if-version", "8"}).code, 0);
  EXPECT_EQ(fake_.update_request.if_version(), 8);
  EXPECT_EQ(Run({"exp", "retry", "--failed", "--if-version", "9"}).code, 0);
  EXPECT_EQ(fake_.retry_request.if_version(), 9);
  EXPECT_EQ(Run({"sweep", "cancel", "5eep", "--yes"}).code, 0);
  EXPECT_EQ(fake_.if_version, 3) << "what was confirmed is what was looked at";
  EXPECT_EQ(Run({"sweep", "pause", "--if-version", "soon"}).code, 2);
  fake_.errors["PauseSweep"] = absl::AbortedError("sweep has changed");
  EXPECT_EQ(Run({"sweep", "pause", "5eep", "--if-version", "2"}).code, 3);
}

TEST_F(Changes, ARequestWhoseAnswerIsLostIsRepeatedUnderItsName) {
  *fake_.created.mutable_sweep() = fake_.sweep_history[0];
  fake_.lost_answers = 1;
  const std::vector<std::string> create = {"sweep", "create", "trainer.mode=synthetic"};
  const Ran ran = Run(create);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(fake_.calls, ElementsAre("CreateSweep (lost)", "CreateSweep"));
  const std::string id = fake_.create_request.request_id();
  EXPECT_EQ(id.size(), 32u);
  ASSERT_EQ(Run(create).code, 0);
  EXPECT_NE(fake_.create_request.request_id(), id) << "another request";
  std::vector<std::string> named = create;
  named.insert(named.end(), {"--request-id", "nightly-7"});
  ASSERT_EQ(Run(named).code, 0);
  EXPECT_EQ(fake_.create_request.request_id(), "nightly-7");
}

TEST_F(Changes, WideTablesShowMore) {
  v1::Sweep* sweep = fake_.sweeps.add_sweeps();
  *sweep = fake_.sweep_history[0];
  sweep->set_slot_seconds_spent(7200);
  sweep->set_gpu_seconds_spent(3600);
  EXPECT_THAT(Run({"sweep"}).out, Not(HasSubstr("VERSION")));
  const Ran wide = Run({"sweep", "-o", "wide"});
  EXPECT_THAT(wide.out, HasSubstr("VERSION"));
  EXPECT_THAT(wide.out, HasSubstr("GPU-HOURS"));
  EXPECT_EQ(Run({"sweep", "--columns", "sweep,version,gpu-hours", "--no-headers"}).out,
            "5eep1234        3       1.00\n");
  EXPECT_EQ(Run({"sweep", "--filter", "version > 3", "-q"}).out, "");
  v1::Worker* worker = fake_.workers.add_workers();
  worker->set_id("w1"), worker->set_alive(true), worker->add_labels("pool=a");
  EXPECT_THAT(Run({"worker", "-o", "wide"}).out, HasSubstr("pool=a"));
  v1::Experiment* one = fake_.experiments.add_experiments();
  one->set_id("aaaa"), one->mutable_plan()->set_learning_rate(0.125);
  EXPECT_THAT(Run({"exp", "list", "-o", "wide"}).out, HasSubstr("0.125"));
  EXPECT_THAT(Run({"exp", "list"}).out, Not(HasSubstr("0.125")));
}

TEST_F(Changes, DebugTellsEachCallAndWhereSettingsComeFrom) {
  const Ran ran = Run({"sweep", "get", "--debug"});
  EXPECT_THAT(ran.err, HasSubstr("debug: SweepService/GetSweep of unix:"));
  EXPECT_THAT(ran.err, HasSubstr(": OK, "));
  EXPECT_THAT(ran.err, HasSubstr("(FFCTL_COORDINATOR)"));
  fake_.errors["GetSweep"] = absl::NotFoundError("no sweep");
  EXPECT_THAT(Run({"sweep", "get", "--debug"}).err, HasSubstr("NOT_FOUND"));
  EXPECT_EQ(Run({"sweep", "list"}).err.find("debug:"), std::string::npos);
}

TEST_F(Changes, ALogHasTheTrainersStreamAndTheWorkers) {
  fake_.logs.set_attempt_id(7);
  fake_.logs.set_text("loss 3\n");
  v1::Event* event = fake_.events.add_events();
  event->set_kind("leased"), event->set_message("to worker w1"), event->set_attempt_id(7);
  event->mutable_time()->set_seconds(1700000000);
  EXPECT_EQ(Run({"exp", "logs", "aaaa"}).out, "loss 3\n");
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "-c", "worker"}).out,
            "2023-11-14 22:13:20 attempt 7 leased: to worker w1\n");
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "-c", "all"}).out,
            "worker | 2023-11-14 22:13:20 attempt 7 leased: to worker w1\ntrainer | loss 3\n");
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "-c", "worker", "--attempt", "8"}).out, "");
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "-c", "worker", "--grep", "finished"}).out, "");
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "-c", "wroker"}).code, 2);
}

TEST_F(Changes, TheSchemaNamesEachCommandsAnswer) {
  const Ran ran = Run({"schema"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const auto schema = nlohmann::json::parse(ran.out);
  EXPECT_TRUE(schema["$defs"].contains("Plan"));
  for (const char* command :
       {"sweep list", "sweep get", "experiment list", "worker list", "plan"}) {
    EXPECT_TRUE(schema["properties"].contains(command)) << command;
  }
}

TEST(Pager, CountsTheLinesOfTheScreen) {
  EXPECT_EQ(ScreenLines("", 80), 0u);
  EXPECT_EQ(ScreenLines("a\n\nb\n", 80), 3u);
  EXPECT_EQ(ScreenLines(std::string(161, 'x') + "\n", 80), 3u);
  EXPECT_EQ(ScreenLines("\x1b[1mbold\x1b[0m\n", 4), 1u);
}

TEST(Pager, IsWhatTheEnvironmentSays) {
  std::map<std::string, std::string> env;
  const Environment of = [&](const std::string& name) { return env[name]; };
  EXPECT_EQ(PagerCommand(of), "");
  env["PAGER"] = "less";
  EXPECT_EQ(PagerCommand(of), "less");
  env["FFCTL_PAGER"] = "cat";
  EXPECT_EQ(PagerCommand(of), "");
}

}  // namespace
}  // namespace ff::client
