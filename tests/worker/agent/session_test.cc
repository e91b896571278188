// The session in this process, where its patience can be made short.
#include "worker/agent/session.h"

#include <stdlib.h>

#include <thread>

#include "tests/worker/agent/agent_test.h"

namespace ff::agent {
namespace {

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    settings_.coordinator = coordinator_.address();
    settings_.name = "test";
    settings_.synthetic_program = FF_BINARY_DIR "/bin/ff-trainer-synthetic";
    settings_.stop_grace = absl::Seconds(10);
    v1::Device& cpu = devices_.devices.emplace_back();
    cpu.set_id("cpu"), cpu.set_kind("cpu"), cpu.set_slots(1);
  }
  // Runs the session in a thread until `body` returns.
  template <class Body>
  void WhileRunning(Body body) {
    const auto state = StateFolder::Open(temp_.path() + "/state");
    ASSERT_TRUE(state.ok()) << state.status();
    Session session(settings_, **state, devices_);
    std::thread thread([&] { session.Run(); });
    body();
    session.RequestStop();
    thread.join();
  }

  const checkpoint::TempFolder temp_;
  FakeCoordinator coordinator_{temp_.path() + "/coordinator"};
  Settings settings_;
  Devices devices_;
};

TEST_F(SessionTest, ASilentTrainerIsStalled) {
  setenv("FF_SYNTHETIC_FAULT", "hang_at_step:8", 1);
  settings_.patience.floor = absl::Milliseconds(500);
  settings_.patience.factor = 1;
  coordinator_.Add("e1", SyntheticPlan(20, 0));
  WhileRunning([&] { EXPECT_TRUE(coordinator_.Reaches("e1", {"failed", "finished"})); });
  unsetenv("FF_SYNTHETIC_FAULT");
  EXPECT_EQ(coordinator_.Get("e1").failure.kind(), "stalled");
  EXPECT_EQ(coordinator_.Get("e1").train_loss.size(), 7u);
  EXPECT_TRUE(absl::StrContains(coordinator_.Get("e1").log, "this is where it stood"));
}

TEST_F(SessionTest, ToldToLeaveItLetsWhatEndsSoonGoOn) {
  settings_.drain_window = absl::Seconds(20);
  coordinator_.Add("e1", SyntheticPlan(60, 0.01));
  WhileRunning([&] { EXPECT_TRUE(coordinator_.ReachesStep("e1", 20)); });
  EXPECT_EQ(coordinator_.Get("e1").state, "finished");
}

TEST_F(SessionTest, ToldToLeaveItHandsBackWhatDoesNotEndInTime) {
  settings_.drain_window = absl::Milliseconds(100);
  coordinator_.Add("e1", SyntheticPlan(100000, 0.01));
  WhileRunning([&] { EXPECT_TRUE(coordinator_.ReachesStep("e1", 12)); });
  EXPECT_EQ(coordinator_.Get("e1").state, "stopped");
  EXPECT_GE(coordinator_.Get("e1").checkpoint_step, 12);
}

TEST_F(SessionTest, ItLeavesAfterSoManyExperiments) {
  settings_.max_experiments = 2;
  for (const char* id : {"e1", "e2", "e3"}) coordinator_.Add(id, SyntheticPlan(7, 0));
  const auto state = StateFolder::Open(temp_.path() + "/state");
  ASSERT_TRUE(state.ok()) << state.status();
  Session(settings_, **state, devices_).Run();
  EXPECT_EQ(coordinator_.Get("e2").state, "finished");
  EXPECT_EQ(coordinator_.Get("e3").state, "waiting");
}

TEST_F(SessionTest, AskedToDrainItHandsBackAndStays) {
  coordinator_.Add("e1", SyntheticPlan(100000, 0.01));
  WhileRunning([&] {
    EXPECT_TRUE(coordinator_.ReachesStep("e1", 12));
    coordinator_.AskToDrain(0);
    EXPECT_TRUE(coordinator_.Reaches("e1", {"stopped"}));
    coordinator_.Add("e2", SyntheticPlan(5, 0));
    EXPECT_TRUE(coordinator_.Reaches("e2", {"finished"}));
  });
}

TEST_F(SessionTest, WhatATrainerTakesOfTheHostIsTold) {
  coordinator_.Add("e1", SyntheticPlan(200, 0.01));
  WhileRunning([&] {
    EXPECT_TRUE(Eventually([&] {
      const v1::SynchronizeRequest request = coordinator_.last_request();
      return request.attempts_size() > 0 && request.attempts(0).memory_bytes() > 1e5 &&
             request.attempts(0).utilization() > 0;
    }));
  });
}

TEST_F(SessionTest, ABrokenDeviceOffersNothing) {
  devices_.devices[0].set_fault("Xid 79");
  coordinator_.Add("e1", SyntheticPlan(5, 0));
  WhileRunning([&] {
    EXPECT_TRUE(Eventually([&] { return coordinator_.calls() > 3; }));
    EXPECT_EQ(coordinator_.last_request().devices(0).fault(), "Xid 79");
    EXPECT_EQ(coordinator_.last_request().free_slots(), 0);
  });
  EXPECT_EQ(coordinator_.Get("e1").state, "waiting");
}

TEST_F(SessionTest, AProgramThatNeverSaysHelloIsStalled) {
  settings_.synthetic_program = "/bin/cat";
  settings_.patience.hello = absl::Milliseconds(300);
  coordinator_.Add("e1", SyntheticPlan(20, 0));
  WhileRunning([&] { EXPECT_TRUE(coordinator_.Reaches("e1", {"failed", "finished"})); });
  EXPECT_EQ(coordinator_.Get("e1").failure.kind(), "stalled");
}

TEST_F(SessionTest, ATrainerThatDoesNotStopIsKilled) {
  setenv("FF_SYNTHETIC_FAULT", "hang_at_step:8", 1);
  settings_.stop_grace = absl::Milliseconds(300);
  coordinator_.Add("e1", SyntheticPlan(20, 0));
  WhileRunning([&] { EXPECT_TRUE(coordinator_.ReachesStep("e1", 7)); });
  unsetenv("FF_SYNTHETIC_FAULT");
  EXPECT_EQ(coordinator_.Get("e1").state, "stopped");
  EXPECT_EQ(coordinator_.Get("e1").checkpoint_step, 5);
}

TEST_F(SessionTest, APlanForGpusIsRefusedByACpu) {
  v1::Plan plan = SyntheticPlan(20, 0);
  plan.set_device("cuda");
  coordinator_.Add("e1", plan);
  WhileRunning([&] { EXPECT_TRUE(coordinator_.Reaches("e1", {"failed", "finished"})); });
  EXPECT_EQ(coordinator_.Get("e1").failure.kind(), "unfit");
}

TEST_F(SessionTest, ALongCurveArrivesWhole) {
  v1::Plan plan = SyntheticPlan(25000, 0);
  plan.set_checkpoint_every(0);
  coordinator_.Add("e1", plan);
  WhileRunning([&] { EXPECT_TRUE(coordinator_.Reaches("e1", {"failed", "finished"})); });
  EXPECT_EQ(coordinator_.Get("e1").state, "finished");
  EXPECT_EQ(coordinator_.Get("e1").train_loss.size(), 25000u);
  EXPECT_EQ(coordinator_.Get("e1").eval_loss.size(), 5000u);
}

}  // namespace
}  // namespace ff::agent
