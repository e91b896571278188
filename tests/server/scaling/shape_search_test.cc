#include "server/scaling/shape_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<ModelShape> Find(double target, const ArchitectureSpec& rules) {
  return FindShape(target, rules, SoundSpec().recipe.shape);
}

TEST(ShapeSearch, MeetsTheToleranceOverFourDecades) {
  const ArchitectureSpec rules = SoundSpec().architecture;
  for (double target = 1e4; target < 3e8; target *= 1.37) {
    const auto shape = Find(target, rules);
    ASSERT_TRUE(shape.ok()) << target << ": " << shape.status();
    EXPECT_NEAR(TotalParameters(*shape) / target, 1.0, rules.size_tolerance) << target;
  }
}

TEST(ShapeSearch, KeepsEveryRuleOfTheArchitecture) {
  ArchitectureSpec rules = SoundSpec().architecture;
  rules.head_options = {3, 6};
  rules.d_model_multiple = 12;
  rules.ffn_multiple = 20;
  for (double target = 2e4; target < 1e8; target *= 1.9) {
    const auto shape = Find(target, rules);
    ASSERT_TRUE(shape.ok()) << shape.status();
    EXPECT_EQ(shape->d_model % 12, 0);
    EXPECT_EQ(shape->d_ff % 20, 0);
    EXPECT_THAT(shape->heads, testing::AnyOf(3, 6));
    EXPECT_EQ(shape->kv_heads, shape->heads);
    EXPECT_EQ(shape->HeadDim() % 2, 0);
    EXPECT_GE(shape->layers, rules.min_layers);
    EXPECT_LE(shape->layers, rules.max_layers);
    const double stretch = shape->d_ff / (rules.ffn_ratio * shape->d_model);
    EXPECT_LE(std::abs(std::log(stretch)), std::log(kMaxFfnStretch) + 1e-9);
  }
}

TEST(ShapeSearch, PrefersTheAspectRatioWhereItCan) {
  ArchitectureSpec rules = SoundSpec().architecture;
  rules.max_layers = 64;
  rules.aspect_ratio = 16;
  const auto deep = Find(2e7, rules);
  rules.aspect_ratio = 128;
  const auto wide = Find(2e7, rules);
  ASSERT_TRUE(deep.ok() && wide.ok());
  EXPECT_NEAR(static_cast<double>(deep->d_model) / deep->layers, 16, 2);
  EXPECT_NEAR(static_cast<double>(wide->d_model) / wide->layers, 128, 16);
}

TEST(ShapeSearch, PrefersTheFeedForwardRatioWhereItCan) {
  ArchitectureSpec rules = SoundSpec().architecture;
  for (const double ratio : {2.0, 8.0 / 3, 4.0}) {
    rules.ffn_ratio = ratio;
    const auto shape = Find(5e6, rules);
    ASSERT_TRUE(shape.ok());
    EXPECT_NEAR(static_cast<double>(shape->d_ff) / shape->d_model, ratio, 0.1 * ratio);
  }
}

TEST(ShapeSearch, SaysHowNearTheBestShapeIs) {
  ArchitectureSpec rules = SoundSpec().architecture;
  rules.d_model_multiple = 256;  // the smallest model has 256 x 512 in its tables alone
  const auto shape = Find(1e4, rules);
  EXPECT_EQ(shape.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(shape.status().message(), HasSubstr("% off; 1 layers, d_model 256"));
}

TEST(ShapeSearch, NearestIsNamedAlsoWhenItIsTooLarge) {
  ArchitectureSpec rules = SoundSpec().architecture;
  rules.max_layers = 1;
  rules.d_model_multiple = 64;
  rules.ffn_multiple = 256;
  rules.size_tolerance = 1e-6;
  // One layer, d = 64, d_ff = 256: 2*256*64 + 4*64*64 + 3*64*256 = 98304.
  const auto shape = Find(98000, rules);
  EXPECT_THAT(shape.status().message(), HasSubstr("the nearest has 98304 (0.31 % off"));
}

TEST(ShapeSearch, PrefersHeadsThatKernelsKnow) {
  ArchitectureSpec rules = SoundSpec().architecture;
  rules.d_model_multiple = 416, rules.min_layers = rules.max_layers = 9;
  rules.head_options = {1, 2, 4, 8};
  rules.size_tolerance = 0.2;
  const auto shape = Find(25e6, rules);
  ASSERT_TRUE(shape.ok()) << shape.status();
  ASSERT_EQ(shape->d_model, 416);
  EXPECT_EQ(shape->heads, 4);  // 104 wide; 52 is nearer to 64
  rules.head_options = {8};
  EXPECT_EQ(Find(25e6, rules)->heads, 8);
}

TEST(ShapeSearch, RefusesHeadsThatFitNoWidth) {
  ArchitectureSpec rules = SoundSpec().architecture;
  rules.d_model_multiple = 2;
  rules.head_options = {1000003};
  EXPECT_THAT(Find(1e5, rules).status().message(), HasSubstr("architecture.head_options"));
}

}  // namespace
}  // namespace ff::scaling
