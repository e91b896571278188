// The CPU's written-out passes against autograd on the same plan, which the reference
// package's numbers test: losses, norms, and every weight and moment after some steps.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "worker/recipe/parameter_specs.h"
#include "worker/trainer/engine.h"

namespace ff::trainer {
namespace {

class CpuEngine : public ::testing::TestWithParam<const char*> {
 protected:
  static protocol::Plan Plan() {
    const std::string mode = GetParam();
    protocol::Plan p;
    p.shape = {2, 16, 2, 2, 40, 97, 32};
    p.parametrization = "u-mup", p.dtype = "float32", p.learning_rate = 0.5, p.seed = 5;
    p.batch_size = 5, p.adam_beta1 = 0.9, p.adam_beta2 = 0.99, p.adam_eps = 1e-8;
    p.weight_decay = 0.01;
    if (mode == "gains") p.shape.norm_gains = true;
    if (mode == "grouped") p.shape.heads = 4, p.shape.kv_heads = 2;
    if (mode == "split") p.accumulation_steps = 2;
    if (mode == "clipped") p.max_grad_norm = 5;
    if (mode == "alphas") p.alphas = {1.5, 0.7, 0.8, 1.3, 1.2};
    if (mode == "long")
      p.shape.seq_len = 150;  // more than two blocks of queries, the last not full
    if (mode == "standard") {
      p.parametrization = "sp", p.shape.tied_head = true, p.shape.norm_gains = true;
      p.learning_rate = 0.01;
    }
    if (mode == "mup_simple") {
      p.parametrization = "mup-simple", p.shape.norm_gains = true, p.learning_rate = 0.01;
    }
    p.parameters = recipe::CountParameters(recipe::ParameterSpecs(p));
    return p;
  }
  static std::vector<Tokens> Batch(const protocol::Plan& plan, std::mt19937& random) {
    std::vector<Tokens> pieces(plan.accumulation_steps);
    for (size_t i = 0; i < pieces.size(); ++i) {
      const int64_t samples = plan.accumulation_steps == 1 ? 5 : i == 0 ? 2 : 3;
      pieces[i].resize(samples * (plan.shape.seq_len + 1));
      for (int64_t& token : pieces[i]) token = int64_t(random() % 97);
    }
    return pieces;
  }
};

TEST_P(CpuEngine, DoesWhatAutogradDoes) {
  const protocol::Plan plan = Plan();
  const auto want = MakeAutogradEngine(plan, at::kCPU), got = MakeCpuEngine(plan);
  ASSERT_NE(got, nullptr);
  std::mt19937 random(3);
  for (int64_t step = 0; step < 4; ++step) {
    SCOPED_TRACE(step);
    const std::vector<Tokens> batch = Batch(plan, random);
    for (Engine* engine : {want.get(), got.get()}) {
      engine->Stage(batch);
      engine->Launch(step, 1 - 0.1 * double(step), true);
    }
    EXPECT_NEAR(got->Finish().loss_sum / want->Finish().loss_sum, 1, 1e-5);
    EXPECT_NEAR(got->Finish().grad_norm / want->Finish().grad_norm, 1, 1e-4);
  }
  const Tokens last = Batch(plan, random)[0];
  EXPECT_NEAR(got->LossSum(last) / want->LossSum(last), 1, 1e-5);
  const auto a = got->NamedTensors(), b = want->NamedTensors();
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    SCOPED_TRACE(a[i].first);
    ASSERT_EQ(a[i].first, b[i].first);
    const double size = b[i].second.norm().item<double>();
    EXPECT_LT((a[i].second - b[i].second).norm().item<double>(), 2e-3 * size);
  }
}

INSTANTIATE_TEST_SUITE_P(Plans, CpuEngine,
                         ::testing::Values("plain", "gains", "grouped", "split", "clipped",
                                           "alphas", "long", "standard", "mup_simple"));

}  // namespace
}  // namespace ff::trainer
