#include "worker/recipe/umup_rules.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace ff::recipe {
namespace {

using nlohmann::json;

// Numbers of the reference package.
const json& Tables() {
  static const json tables =
      json::parse(std::ifstream(FF_SOURCE_DIR "/tests/worker/trainer/data/tables.json"));
  return tables;
}

TEST(UmupRules, ResidualTausAreTheReferences) {
  for (const json& row : Tables()["tau"]) {
    const std::vector<double> taus =
        ResidualTaus(row["layers"], row["alpha_res"], row["alpha_res_attn_ratio"]);
    ASSERT_EQ(taus.size(), row["tau"].size());
    for (size_t i = 0; i < taus.size(); ++i) EXPECT_NEAR(taus[i], row["tau"][i], 1e-9);
  }
}

TEST(UmupRules, AttentionScalesAreTheReferences) {
  ASSERT_GT(Tables()["attention_scale"].size(), 100u);
  for (const json& row : Tables()["attention_scale"]) {
    const double scale =
        AttentionScale(row["seq"], row["d_head"], row["mult"], row["is_causal"].get<bool>());
    EXPECT_NEAR(scale / row["scale"].get<double>(), 1, 1e-6) << row;
  }
}

TEST(UmupRules, ActivationScalesAreTheReferences) {
  for (const json& row : Tables()["activation_scale"]) {
    EXPECT_NEAR(GatedSiluScale(row["mult"]), row["silu_glu"], 1e-6);
    EXPECT_NEAR(SiluScale(row["mult"]), row["silu_output"], 1e-6);
    EXPECT_NEAR(SiluGradScale(row["mult"]), row["silu_grad_input"], 1e-6);
  }
}

TEST(UmupRules, CrossEntropyScalesAreTheReferences) {
  for (const json& row : Tables()["cross_entropy_scale"]) {
    const double scale = CrossEntropyGradScale(row["vocab"]);
    EXPECT_NEAR(scale / row["grad_input"].get<double>(), 1, 1e-6);
  }
}

TEST(UmupRules, LearningRatesAndDecayAreTheReferences) {
  const json& optimizer = Tables()["optimizer"];
  const double eta = optimizer["lr"], decay = optimizer["weight_decay"];
  for (const json& row : optimizer["rows"]) {
    double rate = eta;
    if (row["mup_type"] == "weight") rate *= WidthLearningRateFactor(row["shape"].back());
    if (!row["depth"].is_null()) rate *= DepthLearningRateFactor(row["depth"]);
    EXPECT_NEAR(rate, row["lr"], 1e-9) << row;
    EXPECT_NEAR(decay / rate, row["adamw_weight_decay"], 1e-9) << row;
  }
}

TEST(UmupRules, ConstantsOfThePaper) {
  EXPECT_NEAR(GatedSiluScale(1), 1.681792831, 1e-9);
  EXPECT_NEAR(SiluScale(1), 1.766782948, 1e-9);
  EXPECT_NEAR(AttentionScale(256, 64, 1, true), 6.744104222, 1e-8);
  EXPECT_NEAR(CrossEntropyGradScale(50257), 224.182961038, 1e-8);
}

// The stream's final variance divides as embedding : attention : feed-forward = 1 : A_a^2 : A_f^2.
TEST(UmupRules, ResidualWeightsShareTheStreamAsAsked) {
  const double alpha = 0.7, ratio = 3;
  double embedding = 1, attention = 0, feed_forward = 0;
  const std::vector<double> taus = ResidualTaus(6, alpha, ratio);
  for (size_t i = 0; i < taus.size(); ++i) {
    const ResidualScales scales = ResidualScalesOf(taus[i]);
    const double keep = scales.skip * scales.skip;
    embedding *= keep, attention *= keep, feed_forward *= keep;
    (i % 2 == 0 ? attention : feed_forward) += scales.branch * scales.branch;
  }
  EXPECT_NEAR(embedding + attention + feed_forward, 1, 1e-12);
  EXPECT_NEAR(attention / feed_forward, ratio * ratio, 1e-9);
  EXPECT_NEAR((attention + feed_forward) / embedding, 2 * alpha * alpha, 1e-9);
}

}  // namespace
}  // namespace ff::recipe
