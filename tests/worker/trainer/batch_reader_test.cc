// The data a step reads: the same whatever it is cut into, held-out text never.
#include "worker/trainer/batch_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/worker/trainer/trainer_process.h"

namespace ff::trainer {
namespace {

class BatchReaderTest : public TrainerTest {
 protected:
  std::unique_ptr<BatchReader> Open(int64_t steps = 10) const {
    protocol::StartOrder order = Order("x", steps);
    order.plan.batch_size = 12;
    return *BatchReader::Open(order.plan, order.data_path);
  }
  static std::vector<int64_t> Training(const BatchReader& reader, int64_t step,
                                       recipe::MicroBatch piece) {
    std::vector<int64_t> tokens;
    EXPECT_TRUE(reader.Training(step, piece, tokens).ok());
    return tokens;
  }
};

TEST_F(BatchReaderTest, AStepReadsTheSameForAnyNumberOfMicroBatches) {
  const auto reader = Open();
  for (int64_t step : {0, 1, 7}) {
    const std::vector<int64_t> whole = Training(*reader, step, {0, 12});
    for (int64_t pieces : {2, 3, 5, 12}) {
      std::vector<int64_t> joined;
      for (const recipe::MicroBatch& piece : recipe::MicroBatches(12, pieces)) {
        const std::vector<int64_t> part = Training(*reader, step, piece);
        joined.insert(joined.end(), part.begin(), part.end());
      }
      EXPECT_EQ(joined, whole) << pieces;
    }
  }
  EXPECT_NE(Training(*reader, 0, {0, 12}), Training(*reader, 1, {0, 12}));
}

// One pass over the training part and more: no window of it is a held-out one.
TEST_F(BatchReaderTest, TrainingNeverSeesHeldOutText) {
  const auto reader = Open();
  std::set<std::vector<int64_t>> held_out;
  for (int64_t i = 0; i < reader->held_out_samples(); ++i) {
    held_out.insert(*reader->HeldOut(i, 1));
  }
  EXPECT_GT(held_out.size(), 10u);
  for (int64_t step = 0; step < 200; ++step) {
    for (int64_t sample = 0; sample < 12; ++sample) {
      EXPECT_EQ(held_out.count(Training(*reader, step, {sample, 1})), 0u);
    }
  }
}

TEST_F(BatchReaderTest, CountsHowOftenTheTextIsRead) {
  const double once = Open(10)->epochs();
  EXPECT_GT(once, 0.05);
  EXPECT_DOUBLE_EQ(Open(100)->epochs(), 10 * once);
}

}  // namespace
}  // namespace ff::trainer
