// The agent as a program, with the stand-in trainer, when all goes well or nearly.
#include <signal.h>

#include <fstream>

#include "tests/worker/agent/agent_test.h"

namespace ff::agent {
namespace {

using TrainingTest = AgentTest;

TEST_F(TrainingTest, TrainsToTheEndAndCleansUp) {
  coordinator_.Add("e1", SyntheticPlan(20, 0));
  StartAgent();
  ASSERT_TRUE(coordinator_.Reaches("e1", {"finished", "failed"}));
  const FakeCoordinator::Kept kept = coordinator_.Get("e1");
  EXPECT_EQ(kept.state, "finished") << kept.failure.message();
  EXPECT_EQ(kept.result.steps(), 20);
  EXPECT_EQ(kept.result.tokens(), 20 * 64);
  EXPECT_EQ(kept.result.final_val_loss(), kept.train_loss.at(20));
  ExpectWholeCurve("e1");
  EXPECT_TRUE(FolderGoes("e1"));
}

TEST_F(TrainingTest, SaysWhoItIs) {
  StartAgent({"name=alpha", "devices.cpu_slots=3"});
  ASSERT_TRUE(Eventually([&] { return coordinator_.calls() > 0; }));
  const v1::SynchronizeRequest request = coordinator_.last_request();
  EXPECT_EQ(request.name(), "alpha");
  EXPECT_EQ(request.pid(), agent_->pid());
  EXPECT_EQ(request.free_slots(), 3);
  ASSERT_EQ(request.devices_size(), 1);
  EXPECT_EQ(request.devices(0).kind(), "cpu");
  EXPECT_EQ(request.devices(0).slots(), 3);
  EXPECT_GT(request.devices(0).memory_bytes(), 1e6);
}

TEST_F(TrainingTest, OneTrainerServesManyExperiments) {
  coordinator_.Add("e1", SyntheticPlan(5, 0));
  StartAgent();
  ASSERT_TRUE(coordinator_.Reaches("e1", {"finished"}));
  const std::vector<pid_t> before = agent_->Trainers();
  ASSERT_EQ(before.size(), 1u);
  for (const char* id : {"e2", "e3"}) coordinator_.Add(id, SyntheticPlan(5, 0));
  ASSERT_TRUE(coordinator_.Reaches("e3", {"finished"}));
  EXPECT_EQ(agent_->Trainers(), before);
}

TEST_F(TrainingTest, SlotsWorkSideBySide) {
  for (const char* id : {"e1", "e2"}) coordinator_.Add(id, SyntheticPlan(100000, 0.01));
  StartAgent({"devices.cpu_slots=2"});
  EXPECT_TRUE(coordinator_.ReachesStep("e1", 2));
  EXPECT_TRUE(coordinator_.ReachesStep("e2", 2));
}

TEST_F(TrainingTest, KeepsItsIdAndChangesItsIncarnation) {
  StartAgent();
  ASSERT_TRUE(Eventually([&] { return coordinator_.calls() > 0; }));
  const v1::SynchronizeRequest first = coordinator_.last_request();
  agent_.reset();
  const int calls = coordinator_.calls();
  StartAgent();
  ASSERT_TRUE(Eventually([&] { return coordinator_.calls() > calls; }));
  EXPECT_EQ(coordinator_.last_request().worker_id(), first.worker_id());
  EXPECT_NE(coordinator_.last_request().incarnation(), first.incarnation());
}

TEST_F(TrainingTest, ExitsWhenIdle) {
  coordinator_.Add("e1", SyntheticPlan(5, 0));
  StartAgent({"--exit-when-idle"});
  EXPECT_TRUE(ExitedWith(agent_->AwaitEnd(), 0));
  EXPECT_EQ(coordinator_.Get("e1").state, "finished");
}

TEST_F(TrainingTest, ToldToLeaveItCheckpointsAndHandsBack) {
  coordinator_.Add("e1", SyntheticPlan(100, 0.01));
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 3));
  agent_->Signal(SIGTERM);
  EXPECT_TRUE(ExitedWith(agent_->AwaitEnd(), 0));
  const FakeCoordinator::Kept stopped = coordinator_.Get("e1");
  EXPECT_EQ(stopped.state, "stopped");
  EXPECT_GE(stopped.step, 3);
  EXPECT_EQ(stopped.checkpoint_step, stopped.step);
  coordinator_.MakeWaiting("e1");
  StartAgent();
  ASSERT_TRUE(coordinator_.Reaches("e1", {"finished"}));
  EXPECT_EQ(coordinator_.Get("e1").resumed_from_step, stopped.step);
  ExpectWholeCurve("e1");
}

// A job's worker that was told to leave by the batch system and by the job's script at once left
// without a checkpoint.
TEST_F(TrainingTest, TheSameNoticeFromTwoSidesIsOneNotice) {
  coordinator_.Add("e1", SyntheticPlan(1000, 0.01));
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 3));
  agent_->Signal(SIGUSR2);
  agent_->Signal(SIGTERM);
  EXPECT_TRUE(ExitedWith(agent_->AwaitEnd(), 0));
  const FakeCoordinator::Kept stopped = coordinator_.Get("e1");
  EXPECT_EQ(stopped.state, "stopped");
  EXPECT_EQ(stopped.checkpoint_step, stopped.step);
}

TEST_F(TrainingTest, LeavesAlsoWhenTheCoordinatorIsAway) {
  coordinator_.Add("e1", SyntheticPlan(100000, 0.01));
  StartAgent({"trainers.stop_seconds=0.2"});
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 1));
  coordinator_.Leave();
  agent_->Signal(SIGTERM);
  EXPECT_TRUE(ExitedWith(agent_->AwaitEnd(), 0));
}

TEST_F(TrainingTest, AWithdrawnLeaseIsStoppedWithoutAWord) {
  coordinator_.Add("e1", SyntheticPlan(100000, 0.01));
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 3));
  coordinator_.Withdraw("e1");
  coordinator_.Add("e2", SyntheticPlan(5, 0));
  ASSERT_TRUE(coordinator_.Reaches("e2", {"finished"}));
  const FakeCoordinator::Kept kept = coordinator_.Get("e1");
  EXPECT_EQ(kept.finished_reports + kept.failed_reports, 0);
  EXPECT_EQ(kept.state, "withdrawn");
}

TEST_F(TrainingTest, GoesOnWhileTheCoordinatorIsAway) {
  coordinator_.Add("e1", SyntheticPlan(60, 0.01));
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 3));
  coordinator_.Leave();
  const std::string saved = ExperimentFolder("e1") + "/finished.json";
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(saved); }));
  coordinator_.Return();
  ASSERT_TRUE(coordinator_.Reaches("e1", {"finished"}));
  EXPECT_EQ(coordinator_.Get("e1").leases, 1);
  ExpectWholeCurve("e1");
}

TEST_F(TrainingTest, LostAnswersCountOnce) {
  coordinator_.Add("e1", SyntheticPlan(30, 0.01));
  StartAgent();
  ASSERT_TRUE(coordinator_.ReachesStep("e1", 1));
  coordinator_.LoseAnswers(true);
  const int calls = coordinator_.calls();
  ASSERT_TRUE(Eventually([&] { return coordinator_.calls() >= calls + 4; }));
  coordinator_.LoseAnswers(false);
  ASSERT_TRUE(coordinator_.Reaches("e1", {"finished"}));
  EXPECT_EQ(coordinator_.Get("e1").leases, 1);
  ExpectWholeCurve("e1");
}

TEST_F(TrainingTest, ALowDiskTakesNoNewExperiments) {
  coordinator_.Add("e1", SyntheticPlan(5, 0));
  StartAgent({"disk.min_free_bytes=1e30"});
  ASSERT_TRUE(Eventually([&] { return coordinator_.calls() >= 3; }));
  EXPECT_EQ(coordinator_.last_request().free_slots(), 0);
  EXPECT_EQ(coordinator_.Get("e1").leases, 0);
  EXPECT_TRUE(absl::StrContains(agent_->Log(), "disk.min_free_bytes")) << agent_->Log();
}

TEST_F(TrainingTest, ADatasetIsFoundByItsNameInTheDataFolders) {
  std::filesystem::create_directory(temp_.path() + "/data");
  std::ofstream(temp_.path() + "/data/text.txt") << "text";
  v1::Plan plan = SyntheticPlan(5, 0);
  plan.set_mode("umup_gpt"), plan.set_data_path("/elsewhere/text.txt");
  coordinator_.Add("e1", plan);
  const std::string program = FF_BINARY_DIR "/bin/ff-trainer-synthetic";
  StartAgent(
      {"trainers.umup_gpt=" + program, absl::StrCat("paths.data=[", temp_.path(), "/data]")});
  ASSERT_TRUE(coordinator_.Reaches("e1", {"failed"}));
  // The stand-in trainer was started, and refuses this mode.
  EXPECT_EQ(coordinator_.Get("e1").failure.kind(), "bad_plan")
      << coordinator_.Get("e1").failure.message();
}

}  // namespace
}  // namespace ff::agent
