// The agent as a program when trainers, the agent itself or its set-up go wrong.
#include <signal.h>

#include <fstream>

#include "tests/worker/agent/agent_test.h"

namespace ff::agent {
namespace {

class FaultsTest : public AgentTest {
 protected:
  v1::Failure FailureOf(const std::string& id) {
    EXPECT_TRUE(coordinator_.Reaches(id, {"failed", "finished"}));
    return coordinator_.Get(id).failure;
  }
  void Expect(const v1::Failure& failure, const std::string& kind,
              const std::vector<std::string>& words) {
    EXPECT_EQ(failure.kind(), kind) << failure.message();
    for (const std::string& word : words) {
      EXPECT_TRUE(absl::StrContains(failure.message(), word)) << failure.message();
    }
  }
  pid_t TheTrainer() {
    EXPECT_TRUE(Eventually([&] { return agent_->Trainers().size() == 1; }));
    return agent_->Trainers().at(0);
  }
};

TEST_F(FaultsTest, ACrashIsReportedWithItsLastWords) {
  coordinator_.Add("e1", SyntheticPlan(20, 0));
  StartAgent({}, "crash_at_step:8");
  Expect(FailureOf("e1"), "crashed", {"SIGABRT", "after step 7", "asked to crash at step 8"});
  EXPECT_TRUE(absl::StrContains(coordinator_.Get("e1").log, "asked to crash"));
}

TEST_F(FaultsTest, AnExitCodeIsReported) {
  coordinator_.Add("e1", SyntheticPlan(20, 0));
  StartAgent({}, "exit_code:7");
  Expect(FailureOf("e1"), "crashed", {"exited with code 7"});
  EXPECT_EQ(coordinator_.Get("e1").failure.exit_code(), 7);
}

TEST_F(FaultsTest, ABrokenProtocolIsReportedWithTheLine) {
  coordinator_.Add("e1", SyntheticPlan(20, 0));
  StartAgent({}, "garbage_at_step:3");
  Expect(FailureOf("e1"), "crashed", {"broke the protocol", "this is no report"});
}

TEST_F(FaultsTest, WhatTheTrainerSaysIsHandedOn) {
  coordinator_.Add("e1", SyntheticPlan(20, 0));
  StartAgent({}, "nan_at_step:4");
  Expect(FailureOf("e1"), "diverged", {"not finite at step 4"});
  EXPECT_EQ(coordinator_.Get("e1").train_loss.size(), 3u);
}

TEST_F(FaultsTest, AfterAFailureTheSlotIsOfUse) {
  coordinator_.Add("e1", SyntheticPlan(20, 0));
  coordinator_.Add("e2", SyntheticPlan(7, 0));
  StartAgent({}, "crash_at_step:8");
  EXPECT_TRUE(coordinator_.Reaches("e1", {"failed"}));
  EXPECT_TRUE(coordinator_.Reaches("e2", {"finished"}));
}

TEST_F(FaultsTest, AKilledTrainerIsResumedFromItsCheckpoint) {
  coordinator_.Add("e1", SyntheticPlan(60, 0.01));
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 12));
  kill(TheTrainer(), SIGKILL);
  Expect(FailureOf("e1"), "crashed", {"SIGKILL"});
  coordinator_.MakeWaiting("e1");
  ASSERT_TRUE(coordinator_.Reaches("e1", {"finished"}));
  EXPECT_GE(coordinator_.Get("e1").resumed_from_step, 10);
  ExpectWholeCurve("e1");
}

TEST_F(FaultsTest, AKilledAgentTakesItsTrainersWithItAndLeavesNoHole) {
  coordinator_.Add("e1", SyntheticPlan(60, 0.01));
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 12));
  const pid_t trainer = TheTrainer();
  agent_->Signal(SIGKILL);
  agent_->AwaitEnd();
  EXPECT_TRUE(Eventually([&] { return !IsAlive(trainer); }));
  coordinator_.ForgetMeasurements("e1");
  StartAgent();
  ASSERT_TRUE(coordinator_.Reaches("e1", {"finished"}));
  const FakeCoordinator::Kept kept = coordinator_.Get("e1");
  EXPECT_EQ(kept.leases, 2);
  EXPECT_GE(kept.resumed_from_step, 10);
  ExpectWholeCurve("e1");
}

TEST_F(FaultsTest, AResultThatWasNotDeliveredIsDeliveredByTheNextAgent) {
  coordinator_.Add("e1", SyntheticPlan(60, 0.01));
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 3));
  coordinator_.RefuseCalls(true);
  const std::string saved = ExperimentFolder("e1") + "/finished.json";
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(saved); }));
  agent_->Signal(SIGKILL);
  agent_->AwaitEnd();
  coordinator_.RefuseCalls(false);
  const int64_t attempt = coordinator_.Get("e1").attempt_id;
  StartAgent({"disk.min_free_bytes=1e30"});  // takes nothing new: this must be the old one
  ASSERT_TRUE(coordinator_.Reaches("e1", {"finished"}));
  const FakeCoordinator::Kept kept = coordinator_.Get("e1");
  EXPECT_EQ(kept.attempt_id, attempt);
  EXPECT_EQ(kept.result.steps(), 60);
  ExpectWholeCurve("e1");
  EXPECT_TRUE(FolderGoes("e1"));
}

TEST_F(FaultsTest, ADamagedCheckpointFallsBackToTheOneBefore) {
  coordinator_.Add("e1", SyntheticPlan(100, 0.01));
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 12));
  agent_->Signal(SIGTERM);
  ASSERT_TRUE(ExitedWith(agent_->AwaitEnd(), 0));
  const int64_t newest = coordinator_.Get("e1").checkpoint_step;
  const std::string folder = absl::StrCat(ExperimentFolder("e1"), "/checkpoints/step_",
                                          absl::Dec(newest, absl::kZeroPad9));
  ASSERT_TRUE(std::filesystem::exists(folder));
  std::ofstream(folder + "/state.json") << "{}";
  coordinator_.MakeWaiting("e1");
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", newest + 1));
  EXPECT_LT(coordinator_.Get("e1").resumed_from_step, newest);
  EXPECT_GT(coordinator_.Get("e1").resumed_from_step, 0);
  EXPECT_TRUE(Eventually(
      [&] { return absl::StrContains(coordinator_.Get("e1").log, "checkpoint passed over"); }));
}

// scancel and preemption signal every process of a job: a trainer that went before the worker heard
// of it counted as a crash of the user's program.
TEST_F(FaultsTest, ATrainerThatWasTakenAwayIsPreempted) {
  coordinator_.Add("e1", SyntheticPlan(1000, 0.01));
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 3));
  ASSERT_EQ(agent_->Trainers().size(), 1u);
  ASSERT_EQ(kill(agent_->Trainers()[0], SIGTERM), 0);
  Expect(FailureOf("e1"), "preempted", {"SIGTERM"});
}

TEST_F(FaultsTest, ASecondAgentOnTheSameFolderIsRefused) {
  StartAgent();
  ASSERT_TRUE(Eventually([&] { return coordinator_.calls() > 0; }));
  AgentProcess second(temp_.path(), coordinator_.address());
  EXPECT_TRUE(ExitedWith(second.AwaitEnd(), 1));
  EXPECT_TRUE(absl::StrContains(second.Log(), absl::StrCat("(pid ", agent_->pid(), ")")))
      << second.Log();
}

TEST_F(FaultsTest, AMissingProgramIsNamedWithItsKey) {
  coordinator_.Add("e1", SyntheticPlan(5, 0));
  StartAgent({"trainers.synthetic=/no/such/trainer"});
  Expect(FailureOf("e1"), "unfit", {"/no/such/trainer", "trainers.synthetic"});
}

TEST_F(FaultsTest, AProgramThatIsNoTrainerIsReported) {
  coordinator_.Add("e1", SyntheticPlan(5, 0));
  StartAgent({"trainers.synthetic=/bin/ls"});
  Expect(FailureOf("e1"), "crashed", {"broke the protocol"});
}

TEST_F(FaultsTest, AMissingDatasetIsNamedWithItsKey) {
  v1::Plan plan = SyntheticPlan(5, 0);
  plan.set_mode("umup_gpt"), plan.set_data_path("/no/such/text.txt");
  coordinator_.Add("e1", plan);
  StartAgent({"trainers.umup_gpt=" FF_BINARY_DIR "/bin/ff-trainer-synthetic"});
  Expect(FailureOf("e1"), "unfit", {"/no/such/text.txt", "paths.data"});
}

TEST_F(FaultsTest, AnUnknownModeIsRefused) {
  v1::Plan plan = SyntheticPlan(5, 0);
  plan.set_mode("dance");
  coordinator_.Add("e1", plan);
  StartAgent();
  Expect(FailureOf("e1"), "unfit", {"dance"});
}

TEST_F(FaultsTest, AnIdThatIsAPathIsRefused) {
  coordinator_.Add("../../e1", SyntheticPlan(5, 0));
  StartAgent();
  Expect(FailureOf("../../e1"), "bad_plan", {"cannot name a folder"});
}

TEST_F(FaultsTest, AWrongCommandLineIsExplained) {
  StartAgent({"--excite"});
  EXPECT_TRUE(ExitedWith(agent_->AwaitEnd(), 2));
  EXPECT_TRUE(absl::StrContains(agent_->Log(), "--excite")) << agent_->Log();
}

}  // namespace
}  // namespace ff::agent
