// Tokens as the CUDA engine gets them: every row once, equal ids together, long segments first.
#include "worker/trainer/token_batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace ff::trainer {
namespace {

TEST(TokenBatch, IdsTargetsAndSegments) {
  const int64_t samples = 5, length = 40, vocabulary = 12;
  std::mt19937 random(3);
  std::vector<int64_t> tokens(samples * (length + 1));
  for (int64_t& token : tokens)
    token = random() % 2 ? 9 : int64_t(random() % 8);  // never 8, 10, 11
  const TokenBatchLayout at(samples * length);
  std::vector<int32_t> out(at.size(), -1);
  FillTokenBatch(tokens, length, vocabulary, out.data());
  for (int64_t row = 0; row < at.rows; ++row) {
    const int64_t from = row / length * (length + 1) + row % length;
    EXPECT_EQ(out[at.ids() + row], tokens[from]);
    EXPECT_EQ(out[at.targets() + row], tokens[from + 1]);
  }
  const int32_t segments = out[at.counts()], long_ones = out[at.counts() + 1];
  EXPECT_EQ(segments, 9);
  EXPECT_EQ(long_ones, 1);
  EXPECT_EQ(out[at.segment_ids()], 9);
  EXPECT_EQ(out[at.begin()], 0);
  EXPECT_EQ(out[at.begin() + segments], at.rows);
  std::vector<int32_t> order(&out[at.order()], &out[at.order()] + at.rows);
  for (int32_t s = 0; s < segments; ++s) {
    EXPECT_EQ(out[at.begin() + s + 1] - out[at.begin() + s] > kLongSegment, s < long_ones);
    for (int32_t i = out[at.begin() + s]; i < out[at.begin() + s + 1]; ++i) {
      EXPECT_EQ(out[at.ids() + order[i]], out[at.segment_ids() + s]);
    }
  }
  std::sort(order.begin(), order.end());
  std::vector<int32_t> all(at.rows);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(order, all);
}

}  // namespace
}  // namespace ff::trainer
