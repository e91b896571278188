#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/worker/recipe/recipe_plans.h"
#include "worker/recipe/learning_rate.h"
#include "worker/recipe/micro_batches.h"
#include "worker/recipe/model_scales.h"
#include "worker/recipe/parameter_specs.h"
#include "worker/recipe/plan_check.h"

namespace ff::recipe {
namespace {

using ::testing::HasSubstr;

std::map<std::string, ParameterSpec> SpecsByName(const protocol::Plan& plan) {
  std::map<std::string, ParameterSpec> specs;
  for (const ParameterSpec& spec : ParameterSpecs(plan)) specs[spec.name] = spec;
  return specs;
}

TEST(LearningRate, WarmsUpLinearlyAndEndsAtTheMinimum) {
  const Schedule cosine{"cosine", 4, 14, 0.1};
  EXPECT_DOUBLE_EQ(LearningRateFactor(cosine, 0), 0.25);
  EXPECT_DOUBLE_EQ(LearningRateFactor(cosine, 3), 1);
  EXPECT_DOUBLE_EQ(LearningRateFactor(cosine, 8), 0.55);
  EXPECT_DOUBLE_EQ(LearningRateFactor(cosine, 13), 0.1);
}

TEST(LearningRate, LinearAndConstant) {
  const Schedule linear{"linear", 0, 11, 0};
  EXPECT_DOUBLE_EQ(LearningRateFactor(linear, 0), 1);
  EXPECT_DOUBLE_EQ(LearningRateFactor(linear, 5), 0.5);
  EXPECT_DOUBLE_EQ(LearningRateFactor(linear, 10), 0);
  const Schedule constant{"constant", 2, 10, 0.1};
  EXPECT_DOUBLE_EQ(LearningRateFactor(constant, 0), 0.5);
  EXPECT_DOUBLE_EQ(LearningRateFactor(constant, 9), 1);
}

TEST(LearningRate, OneStepAndWarmupOnly) {
  EXPECT_DOUBLE_EQ(LearningRateFactor({"cosine", 0, 1, 0.1}, 0), 1);
  EXPECT_DOUBLE_EQ(LearningRateFactor({"cosine", 5, 5, 0.1}, 4), 1);
}

TEST(MicroBatches, CoverTheBatchInOrder) {
  for (int64_t batch : {1, 5, 16}) {
    for (int64_t pieces : {1, 2, 3, 16, 40}) {
      int64_t next = 0;
      for (const MicroBatch& piece : MicroBatches(batch, pieces)) {
        EXPECT_EQ(piece.first, next);
        EXPECT_GE(piece.size, 1);
        EXPECT_LE(piece.size, batch / std::min(pieces, batch) + 1);
        next += piece.size;
      }
      EXPECT_EQ(next, batch);
    }
  }
}

TEST(ParameterSpecs, CountEveryTensorOnce) {
  protocol::Plan plan = SmallPlan();
  const int64_t blocks = 2 * (4 * 16 * 16 + 3 * 16 * 40);
  EXPECT_EQ(CountParameters(ParameterSpecs(plan)), blocks + 2 * 256 * 16);
  plan.shape.norm_gains = true;
  EXPECT_EQ(CountParameters(ParameterSpecs(plan)), blocks + 2 * 256 * 16 + 5 * 16);
  plan.shape.kv_heads = 1;
  EXPECT_EQ(CountParameters(ParameterSpecs(plan)), blocks - 2 * 2 * 8 * 16 + 2 * 256 * 16 + 5 * 16);
  plan.shape.tied_head = true;
  EXPECT_EQ(CountParameters(ParameterSpecs(plan)), blocks - 2 * 2 * 8 * 16 + 256 * 16 + 5 * 16);
}

TEST(ParameterSpecs, UmupRatesFollowWidthAndDepth) {
  auto specs = SpecsByName(SmallPlan());
  EXPECT_DOUBLE_EQ(specs["embedding.weight"].learning_rate, 0.5 / 4);
  EXPECT_DOUBLE_EQ(specs["readout.weight"].learning_rate, 0.5);
  EXPECT_DOUBLE_EQ(specs["layers.1.attn.wqkv.weight"].learning_rate, 0.5 / 4 / std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(specs["layers.1.mlp.w_down.weight"].learning_rate,
                   0.5 / std::sqrt(40.0) / std::sqrt(2.0));
  for (const auto& [name, spec] : specs) {
    EXPECT_DOUBLE_EQ(spec.init_std, 1) << name;
    EXPECT_DOUBLE_EQ(spec.learning_rate * spec.weight_decay, 0.01) << name;
  }
}

TEST(ParameterSpecs, StandardParametrizationHasOneRate) {
  protocol::Plan plan = SmallPlan("sp");
  plan.shape.norm_gains = true;
  auto specs = SpecsByName(plan);
  for (const auto& [name, spec] : specs) EXPECT_DOUBLE_EQ(spec.learning_rate, 0.5) << name;
  EXPECT_DOUBLE_EQ(specs["embedding.weight"].init_std, 0.02);
  EXPECT_DOUBLE_EQ(specs["layers.0.attn.wqkv.weight"].init_std, 0.02);
  EXPECT_DOUBLE_EQ(specs["layers.0.attn.wo.weight"].init_std, 0.01);
  EXPECT_DOUBLE_EQ(specs["layers.0.mlp.w_down.weight"].init_std, 0.01);
  EXPECT_DOUBLE_EQ(specs["layers.0.attn.wo.weight"].weight_decay, 0.01);
  EXPECT_DOUBLE_EQ(specs["layers.0.attn_norm.weight"].weight_decay, 0);
  EXPECT_DOUBLE_EQ(specs["layers.0.attn_norm.weight"].init_mean, 1);
}

TEST(ParameterSpecs, SeedsDifferByTensorAndByPlan) {
  EXPECT_NE(InitSeed(1, "a"), InitSeed(1, "b"));
  EXPECT_NE(InitSeed(1, "a"), InitSeed(2, "a"));
  EXPECT_EQ(InitSeed(1, "a"), InitSeed(1, "a"));
}

// Through a feed-forward branch the product of factors is the same forward and backward.
TEST(ModelScales, FeedForwardFactorsMirrorEachOther) {
  const ModelScales scales = ScalesFor(SmallPlan());
  EXPECT_DOUBLE_EQ(scales.up_gate.output * scales.down.output,
                   scales.up_gate.grad_input * scales.down.grad_input);
  EXPECT_DOUBLE_EQ(scales.up_gate.grad_input, 1 / std::sqrt(40.0));
}

TEST(ModelScales, StandardParametrizationIsTheOrdinaryModel) {
  const ModelScales scales = ScalesFor(SmallPlan("sp"));
  EXPECT_DOUBLE_EQ(scales.attention_logits, 1 / std::sqrt(8.0));
  EXPECT_DOUBLE_EQ(scales.loss_grad, 1.0 / (4 * 32));
  EXPECT_EQ(scales.branches.size(), 4u);
  EXPECT_DOUBLE_EQ(scales.branches[3].branch * scales.branches[3].skip, 1);
}

TEST(CheckPlan, PassesAGoodPlan) {
  EXPECT_TRUE(CheckPlan(SmallPlan()).ok());
  EXPECT_TRUE(CheckPlan(SmallPlan("sp")).ok());
}

TEST(CheckPlan, NamesWhatIsWrong) {
  const auto message = [](auto&& bend) {
    protocol::Plan plan = SmallPlan();
    bend(plan);
    return std::string(CheckPlan(plan).message());
  };
  EXPECT_THAT(message([](auto& p) { ++p.parameters; }), HasSubstr("its shape has"));
  EXPECT_THAT(message([](auto& p) { p.shape.heads = 3; }), HasSubstr("no multiple of heads"));
  EXPECT_THAT(message([](auto& p) { p.shape.heads = p.shape.kv_heads = 16; }), HasSubstr("odd"));
  EXPECT_THAT(message([](auto& p) { p.shape.kv_heads = 3; }), HasSubstr("kv_heads"));
  EXPECT_THAT(message([](auto& p) { p.tokens = 7; }), HasSubstr("tokens 7"));
  EXPECT_THAT(message([](auto& p) { p.shape.tied_head = true; }), HasSubstr("tied head"));
  EXPECT_THAT(message([](auto& p) { p.scheduler = "step"; }), HasSubstr("scheduler 'step'"));
  EXPECT_THAT(message([](auto& p) { p.learning_rate = 0; }), HasSubstr("learning_rate"));
  EXPECT_THAT(message([](auto& p) { p.mode = "synthetic"; }), HasSubstr("mode"));
  EXPECT_THAT(message([](auto& p) { p.accumulation_steps = 5; }), HasSubstr("accumulation_steps"));
}

}  // namespace
}  // namespace ff::recipe
