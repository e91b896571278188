// A process that writes and says so is killed at random moments: whatever it said it had
// written is there afterwards, and the file is sound.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <thread>

#include "server/storage/sqlite/sqlite_store.h"
#include "tests/server/storage/integrity.h"
#include "tests/server/storage/samples.h"

namespace ff::storage {
namespace {

// Writes sweeps from `first` on from several threads, each number to the pipe once it is
// durable; never returns.
[[noreturn]] void WriteForever(const std::string& path, int first, int pipe) {
  auto store = OpenSqliteStore(path, {Synchronous::kNormal});
  if (!store.ok()) _exit(1);
  std::atomic<int> next = first;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (;;) {
        const int number = next++;
        const absl::Status status = (*store)->Write([&](Transaction& tx) {
          const std::string id = std::to_string(number);
          const absl::Status added = tx.AddSweep(SampleSweep(id), "x");
          return added.ok() ? tx.AddExperiment(SampleExperiment(id, "e")) : added;
        });
        if (!status.ok() || write(pipe, &number, sizeof(number)) != sizeof(number)) _exit(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  _exit(1);
}

// Returns the numbers that were acknowledged before the end.
std::vector<int> RunAndKill(const std::string& path, int first, int acknowledgements) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    WriteForever(path, first, ends[1]);
  }
  close(ends[1]);
  std::vector<int> numbers;
  int number = 0;
  while (read(ends[0], &number, sizeof(number)) == sizeof(number)) {
    numbers.push_back(number);
    // Whatever it is doing now: between this read and its end it may write some more.
    if (static_cast<int>(numbers.size()) == acknowledgements) kill(child, SIGKILL);
  }
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
  return numbers;
}

TEST(Kill, EveryAcknowledgedWriteIsThere) {
  TempDir dir;
  const std::string path = dir.File("ff.db");
  std::mt19937 random(1);
  std::vector<int> acknowledged;
  for (int round = 0; round < 12; ++round) {
    const std::vector<int> numbers =
        RunAndKill(path, 100000 * round, 1 + static_cast<int>(random() % 150));
    acknowledged.insert(acknowledged.end(), numbers.begin(), numbers.end());
    EXPECT_EQ(Integrity(path), "ok");
    auto store = OpenSqliteStore(path, {});
    ASSERT_TRUE(store.ok()) << store.status();
    const absl::Status status = (*store)->Read([&](View& view) -> absl::Status {
      for (int number : acknowledged) {
        const auto found = view.GetExperiment(std::to_string(number), "e");
        EXPECT_TRUE(found.ok()) << found.status();
      }
      // Nor is any write half there.
      const auto sweeps = view.ListSweeps();
      EXPECT_EQ(static_cast<int>(sweeps->size()), *view.CountExperiments({}));
      EXPECT_GE(sweeps->size(), acknowledged.size());
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_GT(acknowledged.size(), 100u);
}

}  // namespace
}  // namespace ff::storage
