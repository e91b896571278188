// Short writes, flushes that fail, a disk without room, and a loss of power in between: whatever
// Write said was done is there afterwards, and the file is sound. Each round is a process of its
// own whose disk goes wrong at a random moment; what it acknowledged comes back through a pipe.
#include "tests/server/storage/faulty_disk.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include "server/storage/sqlite/sqlite_store.h"
#include "tests/server/storage/integrity.h"
#include "tests/server/storage/samples.h"

namespace ff::storage {
namespace {

namespace fs = std::filesystem;

struct Round {
  FaultyDisk::Fault fault;
  int64_t after = 0;
  int first = 0, writes = 0;
};

struct Outcome {
  std::vector<int> acknowledged;
  int64_t refused = 0, strikes = 0;
};

// In the child: three threads write; never returns.
[[noreturn]] void WriteThroughFaults(const std::string& folder, const Round& round, int pipe) {
  FaultyDisk::Install(folder + "/flushed");
  auto store = OpenSqliteStore(folder + "/ff.db", {});
  if (!store.ok()) _exit(1);
  FaultyDisk::Strike(round.fault, round.after);
  std::atomic<int> next = round.first;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int number = next++; number < round.first + round.writes; number = next++) {
        const absl::Status status = (*store)->Write([&](Transaction& tx) {
          const std::string id = std::to_string(number);
          const absl::Status added = tx.AddSweep(SampleSweep(id), "x");
          return added.ok() ? tx.AddExperiment(SampleExperiment(id, "e")) : added;
        });
        if (status.ok() && write(pipe, &number, sizeof(number)) != sizeof(number)) _exit(2);
        if (!status.ok() && !absl::IsUnavailable(status)) _exit(3);
        refused += status.ok() ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const int last[] = {-1, refused, static_cast<int>(FaultyDisk::strikes)};
  [[maybe_unused]] const ssize_t told = write(pipe, last, sizeof(last));
  _exit(0);  // as if the power had gone: nothing is closed, nothing more is flushed
}

Outcome RunRound(const std::string& folder, const Round& round) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    WriteThroughFaults(folder, round, ends[1]);
  }
  close(ends[1]);
  Outcome outcome;
  int number = 0;
  while (read(ends[0], &number, sizeof(number)) == sizeof(number)) {
    if (number >= 0) {
      outcome.acknowledged.push_back(number);
      continue;
    }
    int rest[2] = {};
    EXPECT_EQ(read(ends[0], rest, sizeof(rest)), static_cast<ssize_t>(sizeof(rest)));
    outcome.refused = rest[0], outcome.strikes = rest[1];
  }
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  return outcome;
}

void ExpectAllThere(const std::string& path, const std::vector<int>& acknowledged) {
  EXPECT_EQ(Integrity(path), "ok");
  auto store = OpenSqliteStore(path, {});
  ASSERT_TRUE(store.ok()) << store.status();
  const absl::Status status = (*store)->Read([&](View& view) -> absl::Status {
    for (const int number : acknowledged) {
      const auto found = view.GetExperiment(std::to_string(number), "e");
      EXPECT_TRUE(found.ok()) << number << ": " << found.status();
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

// The files that had been flushed, in the place of those that are there.
void LosePower(const std::string& folder) {
  for (const char* name : {"ff.db", "ff.db-wal", "ff.db-shm"}) {
    fs::remove(folder + "/" + name);
    const std::string kept = folder + "/flushed/" + name;
    if (fs::exists(kept)) fs::copy_file(kept, folder + "/" + name);
  }
}

class FaultyDiskTest : public ::testing::TestWithParam<FaultyDisk::Fault> {};

TEST_P(FaultyDiskTest, NoAcknowledgedWriteIsLost) {
  std::mt19937 random(static_cast<uint32_t>(GetParam()) + 1);
  int64_t strikes = 0, refused = 0;
  size_t acknowledged = 0;
  for (int round = 0; round < 25; ++round) {
    SCOPED_TRACE(round);
    TempDir dir;
    const std::string folder = fs::path(dir.File("x")).parent_path();
    std::vector<int> all;
    // Twice over the same file: the second process finds what the first one left.
    for (int part = 0; part < 2; ++part) {
      const Outcome outcome =
          RunRound(folder, {GetParam(), 1 + static_cast<int64_t>(random() % 120), 1000 * part, 60});
      all.insert(all.end(), outcome.acknowledged.begin(), outcome.acknowledged.end());
      strikes += outcome.strikes, refused += outcome.refused;
      if (random() % 2 == 0) LosePower(folder);
    }
    acknowledged += all.size();
    ExpectAllThere(folder + "/ff.db", all);
    if (HasFailure()) return;
  }
  EXPECT_GT(strikes, 10);
  EXPECT_GT(refused, 0);
  EXPECT_GT(acknowledged, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Faults, FaultyDiskTest,
                         ::testing::Values(FaultyDisk::Fault::kShortWrite,
                                           FaultyDisk::Fault::kFlush, FaultyDisk::Fault::kFull),
                         [](const auto& info) {
                           return std::string(info.param == FaultyDisk::Fault::kShortWrite
                                                  ? "ShortWrite"
                                              : info.param == FaultyDisk::Fault::kFlush ? "Flush"
                                                                                        : "Full");
                         });

}  // namespace
}  // namespace ff::storage
