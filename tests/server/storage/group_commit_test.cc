// Writes that wait for each other share a commit, and yet fail one by one.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "server/storage/sqlite/sqlite_store.h"
#include "tests/server/storage/samples.h"

namespace ff::storage {
namespace {

// The first write keeps the writer busy until all others are queued.
TEST(GroupCommit, WritesThatWaitAreCommittedTogether) {
  constexpr int kOthers = 20;
  TempDir dir;
  auto store = OpenSqliteStore(dir.File("ff.db"), {});
  ASSERT_TRUE(store.ok()) << store.status();
  std::vector<absl::Status> answers(kOthers);
  std::vector<std::thread> threads;
  const absl::Status first = (*store)->Write([&](Transaction&) {
    for (int i = 0; i < kOthers; ++i) {
      threads.emplace_back([&, i] {
        answers[i] = (*store)->Write([i](Transaction& tx) {
          const absl::Status added = tx.AddSweep(SampleSweep(std::to_string(i)), "x");
          return i == 7 ? absl::CancelledError("changed my mind") : added;
        });
      });
    }
    while ((*store)->GetStatistics().waiting < kOthers) std::this_thread::yield();
    return absl::OkStatus();
  });
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(first.ok()) << first;
  for (int i = 0; i < kOthers; ++i) EXPECT_EQ(answers[i].ok(), i != 7) << answers[i];
  EXPECT_EQ((*store)->GetStatistics().writes, 1 + kOthers);
  EXPECT_EQ((*store)->GetStatistics().commits, 2);
  const absl::Status read = (*store)->Read([&](View& view) -> absl::Status {
    EXPECT_EQ(view.ListSweeps()->size(), kOthers - 1u);
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
}

}  // namespace
}  // namespace ff::storage
