// Symptom to prevent: an experiment on several devices learns something else than on one, or hangs
// when one of its ranks dies. By the real ff-trainer, with Gloo on the CPU; with NCCL where there
// are two GPUs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

#include "tests/worker/trainer/trainer_process.h"
#include "worker/trainer/devices.h"

namespace ff::trainer {
namespace {

using namespace protocol;  // NOLINT: reports and orders are this file's vocabulary
using ::testing::HasSubstr;

bool Gone(pid_t pid) {
  for (int i = 0; i < 500; ++i) {  // 10 s
    if (kill(pid, 0) != 0) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

// The last, or what is none of those a run ends with.
Report Last(const std::vector<Report>& reports) {
  if (reports.empty()) return Hello{};
  return reports.back();
}

class Parallel : public TrainerTest {
 protected:
  StartOrder On(const std::string& device, const std::string& name, int64_t steps = 50) const {
    StartOrder order = Order(name, steps);
    order.device = device;
    return order;
  }

  // Losses and norms of the two, step by step.
  void ExpectSameRun(const StartOrder& a, const StartOrder& b, double tolerance) {
    const auto one = RunAlone(a), other = RunAlone(b);
    const auto x = Only<Measurement>(one), y = Only<Measurement>(other);
    ASSERT_EQ(x.size(), size_t(a.plan.steps)) << ToLine(Last(one));
    ASSERT_EQ(y.size(), x.size()) << ToLine(Last(other));
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_NEAR(y[i].loss / x[i].loss, 1, tolerance) << "step " << i + 1;
      EXPECT_NEAR(y[i].grad_norm / x[i].grad_norm, 1, 20 * tolerance) << "step " << i + 1;
    }
    const auto end = Only<Finished>(one).at(0), other_end = Only<Finished>(other).at(0);
    EXPECT_NEAR(other_end.final_val_loss / end.final_val_loss, 1, tolerance);
  }
};

TEST_F(Parallel, TwoRanksLoseWhatOneDoes) {
  ExpectSameRun(On("cpu", "a"), On("cpu,cpu", "b"), 1e-5);
}

TEST_F(Parallel, ThreeRanksWithUnevenSharesAndMicroBatches) {
  StartOrder one = On("cpu", "a"), three = On("cpu,cpu,cpu", "b");
  for (StartOrder* order : {&one, &three}) {
    order->plan.batch_size = 7, order->plan.accumulation_steps = 4;
    order->plan.tokens = order->plan.steps * 7 * 32, order->plan.max_grad_norm = 20;
  }
  ExpectSameRun(one, three, 1e-5);
}

TEST_F(Parallel, ByAutogradWithDropout) {
  StartOrder one = On("cpu", "a", 20), two = On("cpu,cpu", "b", 20);
  one.plan.dropout = two.plan.dropout = 0.1;
  ExpectSameRun(one, two, 1e-5);
}

TEST_F(Parallel, MoreDevicesThanSequencesAreTooMany) {
  StartOrder one = On("cpu", "a", 10), two = On("cpu,cpu,cpu", "b", 10);
  for (StartOrder* order : {&one, &two}) {
    order->plan.batch_size = 2, order->plan.tokens = 10 * 2 * 32;
  }
  ExpectSameRun(one, two, 1e-5);
}

TEST_F(Parallel, ADeadRankEndsTheAttemptAndItResumes) {
  StartOrder order = On("cpu,cpu,cpu", "a", 200);
  const std::string undisturbed = Curve(RunAlone(On("cpu,cpu,cpu", "whole", 200)));
  order.plan.checkpoint_every = 20;
  TrainerProcess trainer(0, folder_ + "/log");
  trainer.Send(order);
  trainer.Until<CheckpointWritten>();
  const std::vector<pid_t> ranks = trainer.Children();
  ASSERT_EQ(ranks.size(), 2u);
  kill(ranks[1], SIGKILL);
  const auto reports = trainer.UntilDone();
  EXPECT_TRUE(Only<Failed>(reports).empty() && Only<Finished>(reports).empty());
  EXPECT_EQ(trainer.Wait(), 1);
  EXPECT_TRUE(Gone(ranks[0]));
  EXPECT_THAT(
      *checkpoint::ReadFile(folder_ + "/log"),
      HasSubstr("rank 2 (cpu, process " + std::to_string(ranks[1]) + ") was killed by signal 9"));
  order.resume = true;
  const auto again = RunAlone(order);
  EXPECT_GE(Only<Started>(again).at(0).resumed_from_step, 20);
  const std::string rest = Curve(again);
  EXPECT_EQ(undisturbed.substr(undisturbed.size() - rest.size()), rest);
}

TEST_F(Parallel, TheOthersEndWithRankZero) {
  TrainerProcess trainer;
  trainer.Send(On("cpu,cpu", "a", 2000));
  trainer.Until<Measurement>();
  const std::vector<pid_t> ranks = trainer.Children();
  ASSERT_EQ(ranks.size(), 1u);
  trainer.Kill();
  trainer.Wait();
  EXPECT_TRUE(Gone(ranks[0]));
}

TEST_F(Parallel, StopsWithACheckpointThatOneDeviceResumes) {
  TrainerProcess trainer;
  StartOrder order = On("cpu,cpu", "a", 500);
  trainer.Send(order);
  trainer.Until<Measurement>();
  trainer.Send(StopOrder{});
  const auto reports = trainer.UntilDone();
  ASSERT_TRUE(std::holds_alternative<Stopped>(Last(reports))) << ToLine(Last(reports));
  const int64_t step = std::get<Stopped>(Last(reports)).step;
  EXPECT_EQ(Only<CheckpointWritten>(reports).back().step, step);
  order.device = "cpu", order.resume = true;
  const auto rest = RunAlone(order);
  EXPECT_EQ(Only<Started>(rest).at(0).resumed_from_step, step);
  EXPECT_TRUE(std::holds_alternative<Finished>(Last(rest)));
}

TEST_F(Parallel, ASignalToAnyRankStopsAll) {
  TrainerProcess trainer;
  trainer.Send(On("cpu,cpu", "a", 2000));
  trainer.Until<Measurement>();
  kill(trainer.Children().at(0), SIGTERM);
  EXPECT_TRUE(std::holds_alternative<Stopped>(Last(trainer.UntilDone())));
  // The rank that left is replaced.
  trainer.Send(On("cpu,cpu", "b", 5));
  EXPECT_TRUE(std::holds_alternative<Finished>(Last(trainer.UntilDone())));
}

TEST_F(Parallel, FailuresAreThoseOfAllAndTheRanksStayWarm) {
  TrainerProcess trainer;
  trainer.Send(On("cpu,cpu", "a", 3));
  EXPECT_TRUE(std::holds_alternative<Finished>(Last(trainer.UntilDone())));
  const std::vector<pid_t> ranks = trainer.Children();
  StartOrder hot = On("cpu,cpu", "b", 50);
  hot.plan.max_loss = std::log(256.0) - 0.4;
  trainer.Send(hot);
  EXPECT_EQ(std::get<Failed>(Last(trainer.UntilDone())).kind, "diverged");
  StartOrder absent = On("cpu,cpu", "c", 5);
  absent.data_path += ".not";
  trainer.Send(absent);
  EXPECT_EQ(std::get<Failed>(Last(trainer.UntilDone())).kind, "bad_data");
  trainer.Send(On("cpu,cpu", "d", 3));
  EXPECT_TRUE(std::holds_alternative<Finished>(Last(trainer.UntilDone())));
  EXPECT_EQ(trainer.Children(), ranks);
}

TEST_F(Parallel, TooLittleMemoryIsAnsweredOnAllRanks) {
  StartOrder order = On("cpu,cpu", "a", 2);
  Plan& p = order.plan;
  p.shape.vocab_size = 50000, p.shape.layers = 1, p.batch_size = 128, p.dropout = 0.01;
  p.tokens = 2 * 128 * 32, p.eval_tokens = 64;
  Recount(p);
  rlim_t limit = 0;
  {
    TrainerProcess any;
    any.Send(Order("probe", 2));
    any.UntilDone();
    limit = any.DataBytes() + 800'000'000;
  }
  TrainerProcess small(limit, folder_ + "/log");
  small.Send(order);
  const auto reports = small.UntilDone();
  ASSERT_TRUE(std::holds_alternative<Finished>(Last(reports))) << ToLine(Last(reports));
  EXPECT_THAT(*checkpoint::ReadFile(folder_ + "/log"), HasSubstr("micro-batches a step"));
}

// A port that was free a moment ago.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET, address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

// The rank of a launcher, as on another host.
class Launched : public Parallel {
 protected:
  Launched() {
    setenv("WORLD_SIZE", "2", 1), setenv("MASTER_ADDR", "127.0.0.1", 1);
    setenv("MASTER_PORT", std::to_string(FreePort()).c_str(), 1);
    setenv("RANK", "1", 1);
    follower_ = fork();
    if (follower_ == 0) {
      execl(FF_BINARY_DIR "/bin/ff-trainer", "ff-trainer", "--follow", nullptr);
      _exit(127);
    }
    setenv("RANK", "0", 1);
  }
  ~Launched() override {
    for (const char* name : {"WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "RANK"}) unsetenv(name);
    kill(follower_, SIGKILL);
    waitpid(follower_, nullptr, 0);
  }
  pid_t follower_ = -1;
};

TEST_F(Launched, OutlivesRankZeroAndFollowsTheNext) {
  StartOrder order = On("cpu", "a", 400);
  order.plan.checkpoint_every = 10;
  {
    TrainerProcess trainer;
    trainer.Send(order);
    trainer.Until<CheckpointWritten>();
    EXPECT_TRUE(trainer.Children().empty());
    trainer.Kill();
  }
  order.resume = true;
  const auto rest = RunAlone(order);
  ASSERT_TRUE(std::holds_alternative<Finished>(Last(rest))) << ToLine(Last(rest));
  EXPECT_GE(Only<Started>(rest).at(0).resumed_from_step, 10);
  EXPECT_EQ(waitpid(follower_, nullptr, WNOHANG), 0);
}

// While it still looks for a rank 0 that there is not.
TEST_F(Launched, LeavesWhenAsked) {
  const std::string pid = std::to_string(follower_);
  const std::string children = "/proc/" + pid + "/task/" + pid + "/children";
  for (std::string child; child.empty();) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::ifstream(children) >> child;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  kill(follower_, SIGTERM);
  int status = -1;
  EXPECT_EQ(waitpid(follower_, &status, 0), follower_);
  EXPECT_EQ(status, 0);
}

class OnGpus : public Parallel {
 protected:
  void SetUp() override {
    if (ListDevices().size() < 3) GTEST_SKIP() << "fewer than two CUDA devices on this machine";
  }
  StartOrder Wide(const std::string& device, const std::string& name) const {
    StartOrder order = On(device, name);
    order.plan.shape.d_model = 32, order.plan.shape.d_ff = 88;
    Recount(order.plan);
    return order;
  }
};

TEST_F(OnGpus, TwoLoseWhatOneDoes) {
  ExpectSameRun(Wide("cuda:0", "a"), Wide("cuda:0,cuda:1", "b"), 1e-4);
}

TEST_F(OnGpus, TwoLoseWhatOneDoesInBfloat16) {
  StartOrder one = Wide("cuda:0", "a"), two = Wide("cuda:0,cuda:1", "b");
  one.plan.dtype = two.plan.dtype = "bfloat16";
  ExpectSameRun(one, two, 1e-2);
}

// Whose gradients lie in another order.
TEST_F(OnGpus, TwoLoseWhatOneDoesInFp8) {
  if (!HasFp8Products("cuda:0")) GTEST_SKIP() << "no products of 8-bit floats on this GPU";
  StartOrder one = Wide("cuda:0", "a"), two = Wide("cuda:0,cuda:1", "b");
  for (StartOrder* order : {&one, &two}) {
    order->plan.dtype = "fp8", order->plan.shape.d_ff = 96;
    Recount(order->plan);
  }
  ExpectSameRun(one, two, 2e-2);
}

TEST_F(OnGpus, WithMicroBatches) {
  StartOrder one = Wide("cuda:0", "a"), two = Wide("cuda:0,cuda:1", "b");
  for (StartOrder* order : {&one, &two}) {
    order->plan.batch_size = 7, order->plan.accumulation_steps = 4;
    order->plan.tokens = order->plan.steps * 7 * 32, order->plan.max_grad_norm = 20;
  }
  ExpectSameRun(one, two, 1e-4);
}

TEST_F(OnGpus, ADeadRankEndsTheAttemptAndItResumes) {
  StartOrder order = Wide("cuda:0,cuda:1", "a");
  order.plan.steps = 3000, order.plan.tokens = 3000 * 4 * 32, order.plan.checkpoint_every = 20;
  TrainerProcess trainer;
  trainer.Send(order);
  trainer.Until<CheckpointWritten>();
  kill(trainer.Children().at(0), SIGKILL);
  EXPECT_TRUE(Only<Finished>(trainer.UntilDone()).empty());
  EXPECT_EQ(trainer.Wait(), 1);
  order.resume = true;
  const auto rest = RunAlone(order);
  EXPECT_GE(Only<Started>(rest).at(0).resumed_from_step, 20);
  EXPECT_TRUE(std::holds_alternative<Finished>(Last(rest)));
}

}  // namespace
}  // namespace ff::trainer
