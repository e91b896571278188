#include "server/scaling/training_flops.h"

#include <gtest/gtest.h>

#include <string>

namespace ff::scaling {
namespace {

ModelShape Small() {
  return {.layers = 3,
          .d_model = 8,
          .heads = 2,
          .kv_heads = 2,
          .d_ff = 20,
          .vocab_size = 11,
          .seq_len = 5};
}

TEST(TrainingFlops, EachTermAgainstAHandCount) {
  const ForwardFlops flops = ForwardFlopsPerToken(Small());
  EXPECT_EQ(flops.qkv, 3 * 2 * 8 * 24);
  EXPECT_EQ(flops.attention_scores, 3 * 2 * 5 * 8);
  EXPECT_EQ(flops.attention_values, 3 * 2 * 5 * 8);
  EXPECT_EQ(flops.out_projection, 3 * 2 * 8 * 8);
  EXPECT_EQ(flops.feed_forward, 3 * 3 * 2 * 8 * 20);
  EXPECT_EQ(flops.head, 2 * 8 * 11);
  EXPECT_EQ(TrainingFlopsPerToken(Small()), 3 * (1152 + 240 + 240 + 384 + 2880 + 176));
}

TEST(TrainingFlops, IsTwoAParameterOfEveryProductPlusAttention) {
  const ModelShape shape = Small();
  const double products = NonEmbeddingParameters(shape) + shape.vocab_size * shape.d_model;
  const double attention = 4.0 * shape.layers * shape.d_model * shape.seq_len;
  EXPECT_DOUBLE_EQ(ForwardFlopsPerToken(shape).MatrixProducts(), 2 * products + attention);
}

TEST(TrainingFlops, ApproachesSixNdForLargeModels) {
  const ModelShape large{.layers = 80,
                         .d_model = 8192,
                         .heads = 64,
                         .kv_heads = 64,
                         .d_ff = 22016,
                         .vocab_size = 32000,
                         .seq_len = 2048};
  const double six_nd = SixNd(static_cast<double>(TotalParameters(large)), 1);
  EXPECT_NEAR(TrainingFlopsPerToken(large) / six_nd, 1.0, 0.05);
}

TEST(TrainingFlops, GroupedQueriesSaveOnlyInKeysAndValues) {
  ModelShape grouped = Small();
  grouped.kv_heads = 1;
  const ForwardFlops all = ForwardFlopsPerToken(Small()), few = ForwardFlopsPerToken(grouped);
  EXPECT_EQ(few.qkv, 3 * 2 * 8 * 16);
  EXPECT_EQ(all.MatrixProducts() - few.MatrixProducts(), all.qkv - few.qkv);
}

TEST(TrainingFlops, SixNd) { EXPECT_EQ(SixNd(1e6, 2e7), 1.2e14); }

TEST(TrainingFlops, WhatIsNoProductAgainstAHandCount) {
  const ForwardFlops flops = ForwardFlopsPerToken(Small());
  EXPECT_EQ(flops.embedding, 0);
  EXPECT_EQ(flops.norms, (2 * 3 + 1) * 3 * 8);
  EXPECT_EQ(flops.rotary, 3 * 3 * (8 + 8));
  EXPECT_EQ(flops.softmax, 3 * 3 * 2 * 5 + 3 * 11);
  EXPECT_EQ(flops.activation, 3 * 5 * 20);
  EXPECT_EQ(flops.residual, 3 * 2 * 8);
  EXPECT_EQ(flops.All(), flops.MatrixProducts() + 168 + 144 + 123 + 300 + 48);
  ModelShape gains = Small();
  gains.norm_gains = true;
  EXPECT_EQ(ForwardFlopsPerToken(gains).norms, 7 * 4 * 8);
}

TEST(TrainingFlops, EveryCountOfOneShape) {
  // N = 2 * 11 * 8 + 3 * (4 * 64 + 3 * 160) = 176 + 2208.
  EXPECT_EQ(FlopsPerToken("six_nd", Small()), 6 * 2384);
  EXPECT_EQ(FlopsPerToken("six_nd_non_embedding", Small()), 6 * 2208);
  EXPECT_EQ(FlopsPerToken("exact", Small()), 3 * 5072);
  // Products, everything else, and a sum for each element of the embedding's gradient.
  EXPECT_EQ(FlopsPerToken("exact_all", Small()), 3 * (5072 + 783) + 8);
  // The products, the embedding as a product, softmax of three layers.
  EXPECT_EQ(FlopsPerToken("chinchilla", Small()), 3 * (5072 + 2 * 11 * 8 + 3 * 3 * 2 * 5));
  for (const std::string& count : FlopCounts()) EXPECT_TRUE(IsFlopCount(count));
  EXPECT_FALSE(IsFlopCount("eight_nd"));
}

TEST(TrainingFlops, TermsSumToTheCounts) {
  ModelShape shape = Small();
  shape.kv_heads = 1;
  double all = 0, products = 0;
  for (const FlopTerm& term : TrainingFlopTerms(shape)) {
    all += term.training;
    products += term.matrix_product ? term.training : 0;
  }
  EXPECT_DOUBLE_EQ(all, FlopsPerToken("exact_all", shape));
  EXPECT_DOUBLE_EQ(products, FlopsPerToken("exact", shape));
}

// Hoffmann et al. 2022, table A4: layers, d_model, d_ff, heads, key size and the ratio of
// their count to 6 N D, for V = 32000 and T = 2048. N has the relative positions' d x d a layer.
struct TableA4Row {
  int64_t layers, d_model, d_ff, heads;
  double ratio;       // published
  double full_ratio;  // by hand: with embedding and head, as the text of appendix F says
};
constexpr TableA4Row kTableA4[] = {
    {10, 640, 2560, 10, 1.03, 1.582},  {20, 1024, 4096, 16, 1.10, 1.316},
    {24, 1280, 5120, 10, 1.08, 1.232}, {26, 1792, 7168, 14, 1.04, 1.145},
    {28, 2048, 8192, 16, 1.03, 1.116}, {40, 3584, 14336, 28, 0.99, 1.028}};

TEST(TrainingFlops, ChinchillasTableFollowsFromItsLayersAlone) {
  for (const TableA4Row& row : kTableA4) {
    const ModelShape shape{.layers = row.layers,
                           .d_model = row.d_model,
                           .heads = row.heads,
                           .kv_heads = row.heads,
                           .d_ff = row.d_ff,
                           .vocab_size = 32000,
                           .seq_len = 2048};
    const ChinchillaForward forward = ChinchillaForwardPerToken(shape, 2);
    const double d = static_cast<double>(row.d_model);
    const double block = 5 * d * d + 2 * d * static_cast<double>(row.d_ff);
    const double n = static_cast<double>(row.layers) * block + 32000 * d;
    EXPECT_NEAR(forward.layers / (2 * n), row.ratio, 0.006) << row.d_model;
    EXPECT_NEAR((forward.layers + forward.embedding + forward.head) / (2 * n), row.full_ratio,
                0.002)
        << row.d_model;
  }
}

}  // namespace
}  // namespace ff::scaling
