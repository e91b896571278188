#include "worker/checkpoint/checkpoint_dir.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/worker/checkpoint/temp_folder.h"
#include "worker/checkpoint/durable.h"

namespace ff::checkpoint {
namespace {

namespace fs = std::filesystem;

class CheckpointDirTest : public testing::Test {
 protected:
  Checkpoint Save(int64_t step) {
    const auto folder = checkpoints_.Begin(step);
    EXPECT_TRUE(folder.ok()) << folder.status();
    Put(*folder + "/state.pt", absl::StrCat("state of ", step));
    Put(*folder + "/cursor", absl::StrCat(step));
    const auto checkpoint = checkpoints_.Commit(step);
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
    return checkpoint.value_or(Checkpoint{});
  }
  Found Latest() { return *checkpoints_.LatestGood(); }
  // 600 was damaged in some way: 500 is taken, and one rejection says why.
  void ExpectFallsBackTo500(const std::string& why) {
    const Found found = Latest();
    ASSERT_TRUE(found.newest.has_value());
    EXPECT_EQ(found.newest->step, 500);
    ASSERT_EQ(found.rejected.size(), 1u);
    EXPECT_TRUE(absl::StrContains(found.rejected[0], why)) << found.rejected[0];
  }

  const TempFolder temp_;
  const std::string path_ = temp_.path() + "/deep/checkpoints";
  CheckpointDir checkpoints_{path_};
};

TEST_F(CheckpointDirTest, NothingThereIsNoError) {
  EXPECT_FALSE(Latest().newest.has_value());
  EXPECT_TRUE(Latest().rejected.empty());
}

TEST_F(CheckpointDirTest, WhatWasSavedIsFound) {
  const Checkpoint saved = Save(500);
  EXPECT_EQ(saved.path, path_ + "/step_000000500");
  const Found found = Latest();
  ASSERT_TRUE(found.newest.has_value());
  EXPECT_EQ(found.newest->path, saved.path);
  EXPECT_EQ(found.newest->sha256, saved.sha256);
  EXPECT_EQ(Get(saved.path + "/state.pt"), "state of 500");
}

TEST_F(CheckpointDirTest, TheManifestHasPublishedHashes) {
  const auto folder = checkpoints_.Begin(1);
  Put(*folder + "/f", "abc");
  const auto saved = checkpoints_.Commit(1);
  const std::string manifest = Get(saved->path + "/manifest.json");
  // FIPS 180-2, appendix B.1.
  EXPECT_TRUE(absl::StrContains(
      manifest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_EQ(saved->sha256, Sha256(manifest));
}

TEST_F(CheckpointDirTest, TheLastTwoAreKept) {
  for (int step : {100, 200, 300, 400}) Save(step);
  EXPECT_EQ(*ListFolder(path_), (std::vector<std::string>{"step_000000300", "step_000000400"}));
}

TEST_F(CheckpointDirTest, StepsBeyondNineDigitsSortRight) {
  Save(999999999), Save(1000000000);
  EXPECT_EQ(Latest().newest->step, 1000000000);
}

TEST_F(CheckpointDirTest, TheSameStepIsReplaced) {
  Save(500), Save(600);
  const auto folder = checkpoints_.Begin(600);
  Put(*folder + "/state.pt", "better");
  ASSERT_TRUE(checkpoints_.Commit(600).ok());
  EXPECT_EQ(Get(Latest().newest->path + "/state.pt"), "better");
  EXPECT_EQ(ListFolder(path_)->size(), 2u);
}

TEST_F(CheckpointDirTest, LaterOnesGoWhenTrainingWentBack) {
  Save(500), Save(600), Save(100);
  EXPECT_EQ(Latest().newest->step, 100);
}

TEST_F(CheckpointDirTest, LeftoversAreSweptAndNeverFound) {
  Save(500);
  fs::create_directories(path_ + "/step_000000600.tmp");
  Put(path_ + "/step_000000600.tmp/state.pt", "half");
  EXPECT_EQ(Latest().newest->step, 500);
  ASSERT_TRUE(checkpoints_.Begin(700).ok());
  EXPECT_FALSE(fs::exists(path_ + "/step_000000600.tmp"));
}

TEST_F(CheckpointDirTest, FallsBackFromAChangedByte) {
  Save(500), Save(600);
  Put(path_ + "/step_000000600/state.pt", "state of 6O0");
  ExpectFallsBackTo500("damaged");
}

TEST_F(CheckpointDirTest, FallsBackFromATruncatedFile) {
  Save(500), Save(600);
  fs::resize_file(path_ + "/step_000000600/state.pt", 5);
  ExpectFallsBackTo500("has 5 bytes");
}

TEST_F(CheckpointDirTest, FallsBackFromAMissingFile) {
  Save(500), Save(600);
  fs::remove(path_ + "/step_000000600/cursor");
  ExpectFallsBackTo500("No such file");
}

TEST_F(CheckpointDirTest, FallsBackFromABadManifest) {
  Save(500);
  for (const char* manifest :
       {"", "{", "[]", "{\"format\":2}", "\"x\"", R"({"format":1,"step":600,"files":{}})",
        R"({"format":1,"step":500,"files":{"f":{}}})",
        R"({"format":1,"step":600,"files":{"f":{}}})",
        R"({"format":1,"step":600,"files":{"f":7}})"}) {
    Save(600);
    Put(path_ + "/step_000000600/manifest.json", manifest);
    ExpectFallsBackTo500("manifest");
  }
  Save(600);
  fs::remove(path_ + "/step_000000600/manifest.json");
  ExpectFallsBackTo500("manifest.json: No such file");
}

TEST_F(CheckpointDirTest, AManifestCannotReachOutside) {
  Put(temp_.path() + "/deep_file", "x");
  Save(500), Save(600);
  Put(path_ + "/step_000000600/manifest.json",
      R"({"format":1,"step":600,"files":{"../../../deep_file":{"bytes":1,"sha256":""}}})");
  ExpectFallsBackTo500("names a path");
}

TEST_F(CheckpointDirTest, AllDamagedIsNoneWithReasons) {
  Save(500), Save(600);
  fs::remove(path_ + "/step_000000500/cursor");
  fs::remove(path_ + "/step_000000600/cursor");
  EXPECT_FALSE(Latest().newest.has_value());
  EXPECT_EQ(Latest().rejected.size(), 2u);
}

TEST_F(CheckpointDirTest, CommitNeedsBeginAndAFile) {
  EXPECT_EQ(checkpoints_.Commit(5).status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(checkpoints_.Begin(5).ok());
  EXPECT_EQ(checkpoints_.Commit(5).status().code(), absl::StatusCode::kFailedPrecondition);
  const auto folder = checkpoints_.Begin(5);
  fs::create_directory(*folder + "/sub");
  EXPECT_EQ(checkpoints_.Commit(5).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(ListFolder(path_)->empty());
}

TEST_F(CheckpointDirTest, AbandonLeavesNothing) {
  Save(500);
  ASSERT_TRUE(checkpoints_.Begin(600).ok());
  ASSERT_TRUE(checkpoints_.Abandon(600).ok());
  EXPECT_EQ(ListFolder(path_)->size(), 1u);
}

TEST_F(CheckpointDirTest, AFileInTheWayIsNamed) {
  Put(temp_.path() + "/deep", "a file");
  const absl::Status status = checkpoints_.Begin(1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), path_)) << status;
}

TEST(DurableTest, AFullDiskIsSaidSo) {
  const absl::Status status = WriteFileDurably("/dev/full", "x");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(absl::StrContains(status.message(), "/dev/full: No space left")) << status;
}

}  // namespace
}  // namespace ff::checkpoint
