// Products of bfloat16 on the CPU against ATen's of the same rounded factors, every orientation;
// and a model trained with them against one in float32.
#include "worker/trainer/cpu_gemm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <random>

#include "worker/recipe/parameter_specs.h"
#include "worker/trainer/engine.h"

namespace ff::trainer {
namespace {

class NarrowProducts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!cpu::HasNarrowProducts()) GTEST_SKIP() << "this processor multiplies no bfloat16";
  }
  void TearDown() override { at::set_num_threads(threads_); }

 private:
  const int threads_ = at::get_num_threads();
};

at::Tensor Rounded(const at::Tensor& x) { return x.to(at::kBFloat16).to(at::kFloat); }

TEST_F(NarrowProducts, AreThoseOfTheRoundedFactors) {
  at::manual_seed(2);
  const int64_t m = 70, n = 80, k = 90, pad = 3;
  for (const bool a_turned : {false, true}) {
    for (const bool b_turned : {false, true}) {
      SCOPED_TRACE(a_turned * 2 + b_turned);
      // Rows `pad` floats longer than their matrix.
      const at::Tensor a = at::randn({a_turned ? k : m, (a_turned ? m : k) + pad});
      const at::Tensor b = at::randn({b_turned ? n : k, (b_turned ? k : n) + pad});
      at::Tensor c = at::randn({m, n + pad});
      const at::Tensor left = a.narrow(1, 0, a.size(1) - pad);
      const at::Tensor right = b.narrow(1, 0, b.size(1) - pad);
      const at::Tensor want =
          0.5 * at::mm(Rounded(a_turned ? left.t() : left), Rounded(b_turned ? right.t() : right)) +
          2 * c.narrow(1, 0, n);
      const at::Tensor margin = c.narrow(1, n, pad).clone();
      cpu::Multiply({m, n, k, 0.5f, 2, true}, {a.const_data_ptr<float>(), a.size(1), a_turned},
                    {b.const_data_ptr<float>(), b.size(1), b_turned}, c.data_ptr<float>(), n + pad);
      EXPECT_LT((c.narrow(1, 0, n) - want).abs().max().item<double>(), 0.1);  // of some 5
      EXPECT_TRUE(at::equal(c.narrow(1, n, pad), margin));
    }
  }
}

TEST_F(NarrowProducts, SmallProductsKeepTheirPrecision) {
  at::manual_seed(2);
  const at::Tensor a = at::randn({16, 64}), b = at::randn({64, 16});
  at::Tensor c = at::empty({16, 16});
  cpu::Multiply({16, 16, 64, 1, 0, true}, {a.const_data_ptr<float>(), 64},
                {b.const_data_ptr<float>(), 16}, c.data_ptr<float>(), 16);
  EXPECT_LT((c - at::mm(a, b)).abs().max().item<double>(), 1e-5);
}

TEST_F(NarrowProducts, TrainAlmostAsFloat32Does) {
  // Many threads cut these few rows into pieces that are too small to narrow.
  at::set_num_threads(1);
  protocol::Plan plan;
  plan.shape = {2, 64, 2, 2, 96, 97, 32};
  plan.parametrization = "u-mup", plan.dtype = "float32", plan.learning_rate = 0.5, plan.seed = 5;
  plan.batch_size = 4, plan.adam_beta1 = 0.9, plan.adam_beta2 = 0.99, plan.adam_eps = 1e-8;
  plan.parameters = recipe::CountParameters(recipe::ParameterSpecs(plan));
  const auto wide = MakeCpuEngine(plan);
  plan.dtype = "bfloat16";
  const auto narrow = MakeCpuEngine(plan);
  ASSERT_NE(narrow, nullptr);
  std::mt19937 random(3);
  Tokens tokens(4 * 33);
  for (int64_t& token : tokens) token = int64_t(random() % 97);
  for (int64_t step = 0; step < 20; ++step) {
    SCOPED_TRACE(step);
    for (Engine* engine : {wide.get(), narrow.get()}) {
      engine->Stage({tokens});
      engine->Launch(step, 1, true);
    }
    const StepOutcome a = wide->Finish(), b = narrow->Finish();
    EXPECT_NE(a.loss_sum, b.loss_sum);
    EXPECT_NEAR(b.loss_sum / a.loss_sum, 1, 0.01);
    EXPECT_NEAR(b.grad_norm / a.grad_norm, 1, 0.1);
  }
}

}  // namespace
}  // namespace ff::trainer
