// Parameter counts against counts made by hand, matrix by matrix.
#include "server/domain/model_shape.h"

#include <gtest/gtest.h>

namespace ff {
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

TEST(ModelShape, CountsEveryMatrixOfABlock) {
  // q, k, v, o: 4 x 8 x 8 = 256. gate, up, down: 3 x 8 x 20 = 480.
  EXPECT_EQ(NonEmbeddingParameters(Small()), 3 * (256 + 480));
}

TEST(ModelShape, AddsEmbeddingAndHead) {
  EXPECT_EQ(TotalParameters(Small()), 3 * (256 + 480) + 2 * 11 * 8);
}

TEST(ModelShape, TiedHeadSharesTheEmbedding) {
  ModelShape shape = Small();
  shape.tied_head = true;
  EXPECT_EQ(TotalParameters(shape), 3 * (256 + 480) + 11 * 8);
}

TEST(ModelShape, GainsAreTwoABlockAndOneAtTheEnd) {
  ModelShape shape = Small();
  shape.norm_gains = true;
  EXPECT_EQ(NonEmbeddingParameters(shape), 3 * (256 + 480 + 2 * 8) + 8);
}

TEST(ModelShape, GroupedQueriesShrinkKeysAndValues) {
  ModelShape shape = Small();
  shape.kv_heads = 1;  // k and v are 8 x 4 each
  EXPECT_EQ(NonEmbeddingParameters(shape), 3 * (64 + 64 + 32 + 32 + 480));
}

TEST(ModelShape, SequenceLengthHasNoParameters) {
  ModelShape shape = Small();
  shape.seq_len = 4096;
  EXPECT_EQ(TotalParameters(shape), TotalParameters(Small()));
}

TEST(ModelShape, CountsBeyond32Bits) {
  const ModelShape large{.layers = 80,
                         .d_model = 8192,
                         .heads = 64,
                         .kv_heads = 8,
                         .d_ff = 28672,
                         .vocab_size = 128256,
                         .seq_len = 8192,
                         .norm_gains = true};
  // The published count of a well-known 70B model of this shape.
  EXPECT_EQ(TotalParameters(large), 70553706496);
}

}  // namespace
}  // namespace ff
