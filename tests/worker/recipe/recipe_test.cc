#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "tests/worker/recipe/recipe_plans.h"
#include "worker/recipe/dropout.h"
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

// 1 - sqrt: half of the peak is lost in the first quarter of the decay.
TEST(LearningRate, StableThenDecay) {
  const Schedule wsd{"wsd", 4, 24, 0.1, 8};
  EXPECT_DOUBLE_EQ(LearningRateFactor(wsd, 1), 0.5);
  for (int64_t step = 3; step < 16; ++step) EXPECT_DOUBLE_EQ(LearningRateFactor(wsd, step), 1);
  EXPECT_DOUBLE_EQ(LearningRateFactor(wsd, 17), 0.1 + 0.9 * 0.5);
  EXPECT_DOUBLE_EQ(LearningRateFactor(wsd, 23), 0.1);
  for (int64_t step = 16; step < 24; ++step) {
    EXPECT_LT(LearningRateFactor(wsd, step), LearningRateFactor(wsd, step - 1)) << step;
  }
}

TEST(LearningRate, StableRunsOfDifferentLengthAgreeUntilTheShorterDecays) {
  const Schedule brief{"wsd", 5, 40, 0, 10}, lengthy{"wsd", 5, 400, 0, 100};
  for (int64_t step = 0; step < 30; ++step) {
    EXPECT_EQ(LearningRateFactor(brief, step), LearningRateFactor(lengthy, step)) << step;
  }
  EXPECT_NE(LearningRateFactor(brief, 30), LearningRateFactor(lengthy, 30));
}

TEST(Dropout, DropsTheShareAskedForIndependently) {
  const int64_t count = 1 << 16;
  std::vector<float> a(count), b(count);
  FillDropoutMask(DropoutKey({1, 2, 3}, 0, 0), 0.25, count, a.data());
  FillDropoutMask(DropoutKey({1, 2, 3}, 0, 1), 0.25, count, b.data());
  double kept = 0, both = 0, neighbours = 0;
  for (int64_t i = 0; i < count; ++i) {
    EXPECT_TRUE(a[i] == 0 || a[i] == 1);
    kept += a[i], both += a[i] * b[i];
    neighbours += i > 0 ? a[i] * a[i - 1] : 0;
  }
  // Four standard deviations of a binomial share.
  EXPECT_NEAR(kept / count, 0.75, 4 * std::sqrt(0.75 * 0.25 / count));
  EXPECT_NEAR(both / count, 0.75 * 0.75, 4 * 0.5 / std::sqrt(count));
  EXPECT_NEAR(neighbours / count, 0.75 * 0.75, 4 * 0.5 / std::sqrt(count));
}

TEST(Dropout, DependsOnSeedStepSampleAndBranchAlone) {
  const uint64_t key = DropoutKey({7, 5, 2}, 1, 3);
  EXPECT_EQ(key, DropoutKey({7, 5, 0}, 3, 3));  // the third sample, however the batch is cut
  const std::set<uint64_t> keys = {key, DropoutKey({8, 5, 2}, 1, 3), DropoutKey({7, 6, 2}, 1, 3),
                                   DropoutKey({7, 5, 2}, 2, 3), DropoutKey({7, 5, 2}, 1, 4)};
  EXPECT_EQ(keys.size(), 5u);
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

// The numbers of flops-fit's configure_optimizers and init for d_model 16, d_ff 40, eta 0.5, decay
// 0.01.
TEST(ParameterSpecs, MupSimpleIsFlopsFitsHeuristic) {
  protocol::Plan plan = SmallPlan("mup-simple");
  plan.shape.norm_gains = true;
  auto specs = SpecsByName(plan);
  const ParameterSpec& qkv = specs["layers.0.attn.wqkv.weight"];
  EXPECT_DOUBLE_EQ(qkv.init_std, 0.02 / 4);
  EXPECT_DOUBLE_EQ(qkv.learning_rate, 0.5 * 32 / 16);
  EXPECT_DOUBLE_EQ(qkv.weight_decay, 0.01 * 16 / 1024);
  const ParameterSpec& down = specs["layers.1.mlp.w_down.weight"];
  EXPECT_DOUBLE_EQ(down.init_std, 0.02 / std::sqrt(40.0));
  EXPECT_DOUBLE_EQ(down.learning_rate, 0.5 * 32 / 40);
  EXPECT_DOUBLE_EQ(down.weight_decay, 0.01 * 40 / 1024);
  const ParameterSpec& embedding = specs["embedding.weight"];
  EXPECT_DOUBLE_EQ(embedding.init_std, 0.02);
  EXPECT_DOUBLE_EQ(embedding.learning_rate, 0.05);
  EXPECT_DOUBLE_EQ(embedding.weight_decay, 0);
  const ParameterSpec& readout = specs["readout.weight"];
  EXPECT_EQ(readout.init_std, 0);
  EXPECT_DOUBLE_EQ(readout.learning_rate, 0.5);
  EXPECT_DOUBLE_EQ(readout.weight_decay, 0.01 * 16 / 1024);
  const ParameterSpec& gain = specs["final_norm.weight"];
  EXPECT_EQ(gain.init_mean, 1);
  EXPECT_EQ(gain.init_std, 0);
  EXPECT_DOUBLE_EQ(gain.learning_rate, 0.05);
  EXPECT_DOUBLE_EQ(gain.weight_decay, 0);
  plan.mup_simple.readout_lr_scaling = true;
  EXPECT_DOUBLE_EQ(SpecsByName(plan)["readout.weight"].learning_rate, 0.5 * 32 / 16);
}

// lr * decay of a hidden matrix is the same at every width, which the heuristic is for.
TEST(ParameterSpecs, MupSimpleDecaysHiddenMatricesAlikeAtEveryWidth) {
  std::set<double> products;
  for (int64_t width : {16, 64, 256}) {
    protocol::Plan plan = SmallPlan("mup-simple");
    plan.shape.norm_gains = true, plan.shape.d_model = width;
    const ParameterSpec spec = SpecsByName(plan)["layers.0.attn.wo.weight"];
    products.insert(spec.learning_rate * spec.weight_decay);
  }
  EXPECT_EQ(products.size(), 1u);
}

TEST(ModelScales, MupSimpleHasThoseOfTheStandardOne) {
  protocol::Plan plan = SmallPlan("mup-simple");
  const ModelScales scales = ScalesFor(plan);
  EXPECT_EQ(scales.norm_eps, 1e-6);
  EXPECT_DOUBLE_EQ(scales.attention_logits, 1 / std::sqrt(8.0));
  EXPECT_EQ(scales.readout.output, 1);
  EXPECT_EQ(scales.branches[3].branch, 1);
  EXPECT_EQ(scales.branches[3].skip, 1);
  EXPECT_DOUBLE_EQ(scales.loss_grad, 1.0 / (4 * 32));
}

// What is kept has unit scale under u-muP, an unchanged mean under the others.
TEST(ModelScales, DropoutScale) {
  for (const char* parametrization : {"u-mup", "sp", "mup-simple"}) {
    protocol::Plan plan = SmallPlan(parametrization);
    plan.dropout = 0.36;
    const double scale = ScalesFor(plan).dropout_scale;
    EXPECT_DOUBLE_EQ(scale, plan.parametrization == "u-mup" ? 1.25 : 1 / 0.64);
  }
}

TEST(ParameterSpecs, FanInInitOfTheStandardParametrization) {
  protocol::Plan plan = SmallPlan("sp");
  plan.sp_init = "fan_in";
  auto specs = SpecsByName(plan);
  EXPECT_DOUBLE_EQ(specs["embedding.weight"].init_std, 1);
  EXPECT_DOUBLE_EQ(specs["layers.0.attn.wo.weight"].init_std, 0.25);
  EXPECT_DOUBLE_EQ(specs["layers.0.mlp.w_down.weight"].init_std, 1 / std::sqrt(40.0));
  EXPECT_DOUBLE_EQ(specs["readout.weight"].init_std, 0.25);
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
  EXPECT_THAT(message([](auto& p) { p.scheduler = "wsd"; }), HasSubstr("decay_steps 0"));
  EXPECT_THAT(message([](auto& p) { p.decay_steps = 3; }), HasSubstr("decay_steps 3"));
  EXPECT_THAT(message([](auto& p) { p.dropout = 1; }), HasSubstr("dropout"));
  EXPECT_THAT(message([](auto& p) { p.parametrization = "mup-simple"; }), HasSubstr("norm_gains"));
  EXPECT_THAT(message([](auto& p) { p.sp_init = "zero"; }), HasSubstr("gpt2"));
  EXPECT_THAT(message([](auto& p) { p.max_loss = -1; }), HasSubstr("max_loss"));
}

// Together the ranks have every sample once, none more rows than one process alone would have.
TEST(MicroBatches, OfRanks) {
  for (const auto& [batch, pieces, ranks] : std::vector<std::array<int64_t, 3>>{
           {7, 4, 3}, {24, 1, 2}, {10, 3, 2}, {5, 5, 5}, {9, 2, 4}}) {
    int64_t largest = 0, next = 0;
    for (const MicroBatch& b : MicroBatches(batch, pieces)) largest = std::max(largest, b.size);
    for (int64_t rank = 0; rank < ranks; ++rank) {
      const auto mine = MicroBatchesOfRank(batch, pieces, rank, ranks);
      EXPECT_FALSE(mine.empty());
      for (const MicroBatch& b : mine) {
        EXPECT_EQ(b.first, next);
        EXPECT_GE(b.size, 1);
        EXPECT_LE(b.size, largest);
        next += b.size;
      }
    }
    EXPECT_EQ(next, batch);
  }
}

}  // namespace
}  // namespace ff::recipe
