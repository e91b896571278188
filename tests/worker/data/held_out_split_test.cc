#include "worker/data/held_out_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ff::data {
namespace {

// How often each token is read as input or target (by part).
std::vector<int> Coverage(const Windows& windows, int64_t tokens, int64_t seq_len, bool targets) {
  std::vector<int> read(tokens, 0);
  for (int64_t i = 0; i < windows.count(); ++i) {
    const int64_t start = windows.Start(i) + (targets ? 1 : 0);
    for (int64_t t = 0; t < seq_len + (targets ? 0 : 1); ++t) ++read.at(start + t);
  }
  return read;
}

class SplitOf : public ::testing::TestWithParam<std::tuple<int64_t, double, int64_t>> {};

TEST_P(SplitOf, HeldOutTokensAreNeverReadInTraining) {
  const auto [tokens, fraction, seq_len] = GetParam();
  const HeldOutSplit split = SplitTokens(tokens, fraction, seq_len).value();
  const std::vector<int> training = Coverage(split.training, tokens, seq_len, false);
  const std::vector<int> held_out = Coverage(split.held_out, tokens, seq_len, false);
  for (int64_t i = 0; i < tokens; ++i) EXPECT_FALSE(training[i] > 0 && held_out[i] > 0) << i;
}

TEST_P(SplitOf, EachTokenIsATargetAtMostOnce) {
  const auto [tokens, fraction, seq_len] = GetParam();
  const HeldOutSplit split = SplitTokens(tokens, fraction, seq_len).value();
  for (const Windows* part : {&split.training, &split.held_out}) {
    for (int count : Coverage(*part, tokens, seq_len, true)) EXPECT_LE(count, 1);
  }
}

TEST_P(SplitOf, HoldsOutTheFractionSpreadOverTheFile) {
  const auto [tokens, fraction, seq_len] = GetParam();
  const HeldOutSplit split = SplitTokens(tokens, fraction, seq_len).value();
  EXPECT_EQ(split.training.tokens() + split.held_out.tokens(), tokens);
  EXPECT_NEAR(double(split.held_out.tokens()) / double(tokens), fraction, 0.2 * fraction);
  const int64_t first = split.held_out.Start(0);
  const int64_t last = split.held_out.Start(split.held_out.count() - 1);
  EXPECT_LT(first, tokens / 4);
  EXPECT_GT(last, tokens * 3 / 4);
}

TEST_P(SplitOf, WastesLittle) {
  const auto [tokens, fraction, seq_len] = GetParam();
  const HeldOutSplit split = SplitTokens(tokens, fraction, seq_len).value();
  EXPECT_GE(double(split.training.count() * seq_len), 0.75 * double(split.training.tokens()));
}

INSTANTIATE_TEST_SUITE_P(Sizes, SplitOf,
                         ::testing::Values(std::tuple{2000000, 0.01, 128},
                                           std::tuple{2000000, 0.1, 1024},
                                           std::tuple{50000, 0.1, 128},
                                           std::tuple{1000003, 0.25, 255},
                                           std::tuple{20000, 0.5, 64}));

TEST(SplitTokens, SaysHowManyTokensAreNeeded) {
  const auto split = SplitTokens(500, 0.01, 128);
  EXPECT_EQ(split.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(split.status().message(), ::testing::HasSubstr("12900 are needed"));
}

}  // namespace
}  // namespace ff::data
