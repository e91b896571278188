// The CUDA engine against the CPU's autograd on the same plan: losses, norms, weights; the
// same bits after a resumption in deterministic mode. Skips where there is no GPU.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "tests/worker/trainer/trainer_process.h"
#include "worker/trainer/devices.h"
#include "worker/trainer/failure.h"
#include "worker/trainer/training_session.h"

namespace ff::trainer {
namespace {

using protocol::StartOrder;

class CudaSession : public TrainerTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    if (ListDevices().size() < 2) GTEST_SKIP() << "no CUDA device on this machine";
    setenv("FF_DETERMINISTIC", "1", /*overwrite=*/1);
  }
  StartOrder Plan(const char* device, int64_t steps) const {
    StartOrder order = Order("x", steps);
    protocol::Plan& p = order.plan;
    const std::string mode = GetParam();
    p.shape.d_model = 32, p.shape.heads = 2, p.shape.kv_heads = 2, p.shape.d_ff = 88;
    p.dtype = mode.find("bf16") == 0 ? "bfloat16" : "float32";
    if (mode.find("gains") != std::string::npos) p.shape.norm_gains = true;
    if (mode.find("grouped") != std::string::npos) p.shape.kv_heads = 1;
    if (mode.find("split") != std::string::npos) p.accumulation_steps = 3;
    if (mode.find("clipped") != std::string::npos) p.max_grad_norm = 20;
    if (mode.find("alphas") != std::string::npos) p.alphas = {1.5, 0.7, 0.8, 1.3, 1.2};
    if (mode.ends_with("_sp")) {
      p.parametrization = "sp", p.shape.tied_head = true, p.shape.norm_gains = true;
      p.learning_rate = 0.01, p.max_grad_norm = 1;
    }
    if (mode.find("fp8") == 0) {
      p.dtype = order.device == device ? "float32" : "fp8";  // the CPU has none
      p.shape.d_ff = 96;
    }
    Recount(p);
    order.device = device;
    return order;
  }
  static std::vector<StepResult> Train(TrainingSession& session, int64_t first, int64_t last) {
    std::vector<StepResult> results;
    for (int64_t step = first; step < last; ++step) results.push_back(*session.Step(step, true));
    return results;
  }
  double tolerance() const {
    const std::string mode = GetParam();
    return mode.find("fp8") == 0 ? 4e-2 : mode.find("bf16") == 0 ? 2e-2 : 2e-4;
  }
};

TEST_P(CudaSession, FollowsTheCpu) {
  const auto cpu = TrainingSession::Create(Plan("cpu", 12)).value();
  const auto gpu = TrainingSession::Create(Plan("cuda:0", 12)).value();
  // In 8 bits so small a model soon goes its own way.
  const int64_t steps = std::string(GetParam()).find("fp8") == 0 ? 4 : 12;
  const auto want = Train(*cpu, 0, steps), got = Train(*gpu, 0, steps);
  for (size_t i = 0; i < want.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_NEAR(got[i].loss, want[i].loss, tolerance());
    EXPECT_NEAR(got[i].grad_norm / want[i].grad_norm, 1, 5 * tolerance());
  }
  EXPECT_NEAR(gpu->Evaluate().value(), cpu->Evaluate().value(), tolerance());
}

TEST_P(CudaSession, ResumesWhereItWas) {
  const auto whole = TrainingSession::Create(Plan("cuda:0", 12)).value();
  const auto want = Train(*whole, 0, 12);
  const auto half = TrainingSession::Create(Plan("cuda:0", 12)).value();
  Train(*half, 0, 6);
  ASSERT_TRUE(half->Save(folder_, {.step = 6, .last_loss = 1}).ok());
  const auto rest = TrainingSession::Create(Plan("cuda:0", 12)).value();
  ASSERT_EQ(rest->Restore(folder_).value().step, 6);
  const auto got = Train(*rest, 6, 12);
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].loss, want[i + 6].loss);
    EXPECT_EQ(got[i].grad_norm, want[i + 6].grad_norm);
  }
}

INSTANTIATE_TEST_SUITE_P(Plans, CudaSession,
                         ::testing::Values("f32", "f32_gains", "f32_split", "f32_clipped",
                                           "f32_alphas", "f32_sp", "bf16", "bf16_grouped",
                                           "bf16_split", "bf16_sp", "fp8", "fp8_gains",
                                           "fp8_grouped", "fp8_split"));

TEST_F(TrainerTest, Fp8WhereThereIsNoneSaysWhatToDo) {
  StartOrder order = Order("x", 4);
  order.plan.dtype = "fp8", order.plan.shape.d_ff = 48;
  Recount(order.plan);
  const auto session = TrainingSession::Create(order);
  ASSERT_FALSE(session.ok());
  EXPECT_EQ(FailureKind(session.status()), "device");
  EXPECT_NE(session.status().message().find("bfloat16"), absl::string_view::npos);
  order.plan.shape.d_ff = 40;
  Recount(order.plan);
  EXPECT_EQ(FailureKind(TrainingSession::Create(order).status()), "bad_plan");
}

}  // namespace
}  // namespace ff::trainer
