// A writer killed at any moment, and one that cannot write, leave what was complete.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "tests/worker/checkpoint/temp_folder.h"
#include "worker/checkpoint/checkpoint_dir.h"
#include "worker/checkpoint/durable.h"

namespace ff::checkpoint {
namespace {

constexpr int64_t kNone = 0;

// Child: checkpoints from `first` on, each told to the parent once Commit has returned.
[[noreturn]] void SaveForever(const std::string& path, int64_t first, int tell) {
  CheckpointDir checkpoints(path);
  for (int64_t step = first;; ++step) {
    const auto folder = checkpoints.Begin(step);
    if (!folder.ok()) _exit(1);
    for (const char* name : {"/a", "/b", "/c"}) Put(*folder + name, std::string(20000, 'x'));
    if (!checkpoints.Commit(step).ok()) _exit(2);
    if (write(tell, &step, sizeof(step)) != sizeof(step)) _exit(3);
  }
}

// Waits for `complete` checkpoints, however slow the disk is, and kills the writer `after`
// microseconds into the next. The last step that it told to be complete.
int64_t SaveAndKill(const std::string& path, int64_t first, int complete, useconds_t after) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) SaveForever(path, first, ends[1]);
  close(ends[1]);
  int64_t step = kNone, last = kNone;
  for (int i = 0; i < complete && read(ends[0], &step, sizeof(step)) == sizeof(step); ++i) {
    last = step;
  }
  usleep(after);
  kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "exit code " << WEXITSTATUS(status);
  while (read(ends[0], &step, sizeof(step)) == sizeof(step)) last = step;
  close(ends[0]);
  return last;
}

TEST(CrashTest, KilledAtAnyMomentWhatWasCommittedIsThere) {
  const TempFolder temp;
  const std::string path = temp.path() + "/c";
  std::mt19937 random(7);
  int64_t known = kNone;
  for (int round = 0; round < 60; ++round) {
    const int64_t told = SaveAndKill(path, known + 1, random() % 3, random() % 6000);
    known = std::max(known, told);
    const auto found = CheckpointDir(path).LatestGood();
    ASSERT_TRUE(found.ok()) << found.status();
    for (const std::string& rejected : found->rejected) ADD_FAILURE() << rejected;
    const int64_t newest = found->newest ? found->newest->step : kNone;
    ASSERT_GE(newest, known);
    known = newest;
  }
  EXPECT_GT(known, 5) << "the writer was always killed before its first checkpoint";
}

// A limit on the size of files stands for a disk that takes no more.
TEST(CrashTest, AWriteErrorLeavesTheOlderCheckpoint) {
  const TempFolder temp;
  const pid_t child = fork();
  if (child == 0) {
    CheckpointDir checkpoints(temp.path() + "/c");
    Put(*checkpoints.Begin(1) + "/f", "x");
    if (!checkpoints.Commit(1).ok()) _exit(1);
    const std::string folder = *checkpoints.Begin(2);
    Put(folder + "/f", "y");
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {10, 10};
    setrlimit(RLIMIT_FSIZE, &limit);
    const absl::Status status = checkpoints.Commit(2).status();
    const bool gone = !std::filesystem::exists(folder);
    _exit(status.code() == absl::StatusCode::kUnavailable && gone ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(CheckpointDir(temp.path() + "/c").LatestGood()->newest->step, 1);
}

}  // namespace
}  // namespace ff::checkpoint
