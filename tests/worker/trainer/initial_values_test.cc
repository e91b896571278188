// Initial values: their distribution to its tails, and that they depend on place alone.
#include "worker/trainer/initial_values.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "worker/kernels/normal.h"

namespace ff::trainer {
namespace {

TEST(InitialValues, AreNormal) {
  const at::Tensor x = InitialValues({"layers.0.attn.wqkv.weight", {1000, 1000}, 0, 1}, 5);
  const at::Tensor wide = x.to(at::kDouble);
  EXPECT_NEAR(wide.mean().item<double>(), 0, 4e-3);
  EXPECT_NEAR(wide.square().mean().item<double>(), 1, 6e-3);
  EXPECT_NEAR(wide.pow(4).mean().item<double>(), 3, 5e-2);
  for (const double z : {0.1, 0.5, 1.0, 2.0, 3.0}) {
    const double share = (wide < -z).to(at::kDouble).mean().item<double>();
    const double want = 0.5 * std::erfc(z / std::sqrt(2.0));
    EXPECT_NEAR(share, want, 4 * std::sqrt(want / 1e6)) << z;
  }
}

TEST(InitialValues, QuantileInvertsTheDistribution) {
  for (const double p : {1e-9, 1e-7, 1e-5, 1e-3, 0.02, 0.07, 0.08, 0.3, 0.5}) {
    const double z = kernels::LowerQuantile(float(p));
    EXPECT_NEAR(0.5 * std::erfc(-z / std::sqrt(2.0)) / double(float(p)), 1, 2e-5) << p;
  }
}

TEST(InitialValues, FollowSeedNameMeanAndSpread) {
  const recipe::ParameterSpec spec{"a", {64}, 0, 1};
  const at::Tensor x = InitialValues(spec, 5);
  EXPECT_TRUE(x.equal(InitialValues(spec, 5)));
  EXPECT_FALSE(x.equal(InitialValues(spec, 6)));
  EXPECT_FALSE(x.equal(InitialValues({"b", {64}, 0, 1}, 5)));
  EXPECT_TRUE(x.equal(InitialValues({"a", {128}, 0, 1}, 5).narrow(0, 0, 64)));
  EXPECT_TRUE(at::allclose(InitialValues({"a", {64}, 3, 0.5}, 5), x * 0.5 + 3));
  EXPECT_TRUE(InitialValues({"a", {64}, 1, 0}, 5).equal(at::ones({64})));
}

}  // namespace
}  // namespace ff::trainer
