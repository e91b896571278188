#include "worker/data/batch_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace ff::data {
namespace {

TEST(Permutation, HitsEveryIndexOnce) {
  for (int64_t size : {1, 2, 3, 4, 5, 17, 64, 1000, 4097}) {
    const Permutation permutation(123, size);
    std::set<int64_t> seen;
    for (int64_t i = 0; i < size; ++i) seen.insert(permutation(i));
    EXPECT_EQ(seen.size(), size_t(size));
    EXPECT_EQ(*seen.begin(), 0);
    EXPECT_EQ(*seen.rbegin(), size - 1);
  }
}

TEST(Permutation, MixesAndFollowsItsKey) {
  const int64_t size = 10000;
  const Permutation a(1, size), b(2, size);
  int64_t same = 0, fixed = 0, ascending = 0;
  for (int64_t i = 0; i < size; ++i) {
    same += a(i) == b(i);
    fixed += a(i) == i;
    ascending += i > 0 && a(i) > a(i - 1);
  }
  EXPECT_LT(same, 10);
  EXPECT_LT(fixed, 10);
  EXPECT_NEAR(ascending, size / 2, 200);
}

TEST(BatchOrder, EachEpochReadsEveryWindowOnceInAnotherOrder) {
  const int64_t windows = 96, batch = 8;
  const BatchOrder order(42, windows, batch);
  std::vector<std::vector<int64_t>> epochs(2);
  for (int64_t step = 0; step < 24; ++step) {
    for (int64_t i = 0; i < batch; ++i) epochs[step / 12].push_back(order.Window(step, i));
  }
  EXPECT_NE(epochs[0], epochs[1]);
  for (auto& epoch : epochs) {
    std::sort(epoch.begin(), epoch.end());
    for (int64_t i = 0; i < windows; ++i) EXPECT_EQ(epoch[i], i);
  }
}

TEST(BatchOrder, DependsOnTheSeedAlone) {
  const BatchOrder a(1, 500, 4), again(1, 500, 4), b(2, 500, 4);
  int64_t same = 0;
  for (int64_t step = 0; step < 100; ++step) {
    EXPECT_EQ(a.Window(step, 3), again.Window(step, 3));
    same += a.Window(step, 3) == b.Window(step, 3);
  }
  EXPECT_LT(same, 5);
}

// The sample stream is one sequence cut into batches, so a batch of 8 reads what two
// batches of 4 read.
TEST(BatchOrder, IsOneStreamHoweverItIsCut) {
  const BatchOrder wide(7, 300, 8), narrow(7, 300, 4);
  for (int64_t position = 0; position < 900; ++position) {
    EXPECT_EQ(wide.Window(position / 8, position % 8), narrow.Window(position / 4, position % 4));
  }
}

TEST(BatchOrder, CountsRepeats) {
  const BatchOrder order(1, 100, 10);
  EXPECT_DOUBLE_EQ(order.Epochs(5), 0.5);
  EXPECT_DOUBLE_EQ(order.Epochs(25), 2.5);
}

}  // namespace
}  // namespace ff::data
