// A copy taken while others write: one state of the whole database, complete, sound, and usable
// in the original's place.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "server/storage/sqlite/sqlite_store.h"
#include "tests/server/storage/samples.h"

namespace ff::storage {
namespace {

// Sweep and experiment of one number come together, so a torn copy would show.
absl::Status AddPair(Store& store, int number) {
  return store.Write([&](Transaction& tx) {
    const std::string id = std::to_string(number);
    const absl::Status added = tx.AddSweep(SampleSweep(id), "x");
    return added.ok() ? tx.AddExperiment(SampleExperiment(id, "e")) : added;
  });
}

TEST(Backup, IsOneStateOfADatabaseInUse) {
  TempDir dir;
  auto store = OpenSqliteStore(dir.File("ff.db"), {});
  ASSERT_TRUE(store.ok()) << store.status();
  std::atomic<bool> stop = false;
  std::atomic<int> acknowledged = 0;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      ASSERT_TRUE(AddPair(**store, i).ok());
      acknowledged = i + 1;
    }
  });
  for (int i = 0; i < 5; ++i) {
    while (acknowledged < 10 * (i + 1)) std::this_thread::yield();
    const int before = acknowledged;
    const std::string path = dir.File("copy" + std::to_string(i) + ".db");
    const absl::Status copied = (*store)->Backup(path);
    EXPECT_TRUE(copied.ok()) << copied;
    EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
    auto copy = OpenSqliteStore(path, {});
    ASSERT_TRUE(copy.ok()) << copy.status();
    const absl::Status read = (*copy)->Read([&](View& view) -> absl::Status {
      const size_t sweeps = view.ListSweeps()->size();
      EXPECT_GE(sweeps, static_cast<size_t>(before));
      EXPECT_EQ(static_cast<int>(sweeps), *view.CountExperiments({}));
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    EXPECT_TRUE(AddPair(**copy, 1'000'000).ok());  // it can be gone on with
  }
  stop = true;
  writer.join();
  EXPECT_TRUE(absl::IsAlreadyExists((*store)->Backup(dir.File("copy0.db"))));
  EXPECT_FALSE((*store)->Backup(dir.File("no/such/folder.db")).ok());
}

// A worker reports on an attempt that the original began after the copy was taken: on the restored
// copy its id must not be somebody else's.
TEST(Backup, TheCopyGivesNoAttemptTheIdOfALaterOneOfTheOriginal) {
  TempDir dir;
  auto store = OpenSqliteStore(dir.File("ff.db"), {});
  ASSERT_TRUE(store.ok()) << store.status();
  const auto begin = [](Store& in, const std::string& experiment) {
    int64_t id = 0;
    EXPECT_EQ(in.Write([&](Transaction& tx) -> absl::Status {
      auto added = tx.AddAttempt(SampleAttempt("s", experiment, "w", 1));
      id = added.value_or(0);
      return added.status();
    }),
              absl::OkStatus());
    return id;
  };
  ASSERT_TRUE((*store)
                  ->Write([](Transaction& tx) -> absl::Status {
                    EXPECT_TRUE(tx.AddSweep(SampleSweep("s"), "x").ok());
                    EXPECT_TRUE(tx.PutWorker(SampleWorker("w"), 1).ok());
                    EXPECT_TRUE(tx.AddExperiment(SampleExperiment("s", "e0")).ok());
                    return tx.AddExperiment(SampleExperiment("s", "e1", 1));
                  })
                  .ok());
  ASSERT_TRUE((*store)->Backup(dir.File("copy.db")).ok());
  const int64_t later = begin(**store, "e0");
  auto copy = OpenSqliteStore(dir.File("copy.db"), {});
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_GT(begin(**copy, "e1"), later + 1000);
}

}  // namespace
}  // namespace ff::storage
