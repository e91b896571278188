#include "server/scaling/training_flops.h"

#include <gtest/gtest.h>

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
  EXPECT_DOUBLE_EQ(ForwardFlopsPerToken(shape).Total(), 2 * products + attention);
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
  EXPECT_EQ(all.Total() - few.Total(), all.qkv - few.qkv);
}

TEST(TrainingFlops, SixNd) { EXPECT_EQ(SixNd(1e6, 2e7), 1.2e14); }

}  // namespace
}  // namespace ff::scaling
