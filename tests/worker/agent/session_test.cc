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
  EXPECT_EQ(coordinator_.Get("e1").failure.kind(), "device");
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
