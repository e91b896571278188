#include "worker/checkpoint/trunk_dir.h"

#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/worker/checkpoint/temp_folder.h"
#include "worker/checkpoint/durable.h"

namespace ff::checkpoint {
namespace {

class TrunkDirTest : public testing::Test {
 protected:
  absl::Status Add(int64_t step, const std::string& content) {
    return trunk_.Add(step, [&](const std::string& folder) {
      return WriteFileDurably(folder + "/state", content);
    });
  }
  // Step and content of the newest, "none" where there is none.
  std::string Newest(int64_t most) {
    const Found found = *trunk_.Newest(most);
    if (!found.newest.has_value()) return "none";
    return absl::StrCat(found.newest->step, " ", *ReadFile(found.newest->path + "/state"));
  }
  const TempFolder temp_;
  const std::string path_ = temp_.path() + "/trunk";
  const TrunkDir trunk_{path_};
};

TEST_F(TrunkDirTest, FindsTheFurthestStateThatIsNotTooFar) {
  EXPECT_EQ(Newest(1000), "none");
  for (const int64_t step : {300, 100, 200, 50}) ASSERT_TRUE(Add(step, "s").ok());
  EXPECT_EQ(Newest(1000), "300 s");
  EXPECT_EQ(Newest(299), "200 s");
  EXPECT_EQ(Newest(50), "50 s");
  EXPECT_EQ(Newest(49), "none");
}

TEST_F(TrunkDirTest, KeepsTheFirstStateOfAStep) {
  ASSERT_TRUE(Add(10, "first").ok());
  ASSERT_TRUE(Add(10, "second").ok());
  EXPECT_EQ(Newest(10), "10 first");
}

TEST_F(TrunkDirTest, AFailureLeavesNothing) {
  EXPECT_FALSE(trunk_.Add(10, [](const std::string&) { return absl::InternalError("no"); }).ok());
  EXPECT_EQ(Newest(10), "none");
}

TEST_F(TrunkDirTest, PassesOverADamagedState) {
  ASSERT_TRUE(Add(10, "good").ok());
  ASSERT_TRUE(Add(20, "bad").ok());
  ASSERT_TRUE(WriteFileDurably(trunk_.Newest(20)->newest->path + "/state", "BAD").ok());
  EXPECT_EQ(Newest(20), "10 good");
}

TEST_F(TrunkDirTest, WritersAtTheSameTimeDoNotDisturbEachOther) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] {
      for (int64_t step = 1; step <= 6; ++step) {
        ASSERT_TRUE(Add(10 * step, absl::StrCat("of ", i)).ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (int64_t step = 1; step <= 6; ++step) {
    EXPECT_EQ(trunk_.Newest(10 * step)->newest->step, 10 * step);
  }
}

TEST_F(TrunkDirTest, GoesWhenNobodyNeedsIt) {
  ASSERT_TRUE(Add(10, "s").ok());
  ASSERT_TRUE(trunk_.Done(10, {10, 20}).ok());
  EXPECT_EQ(Newest(10), "10 s");
  ASSERT_TRUE(trunk_.Done(20, {10, 20}).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(TrunkDirTest, WithoutAFolderNothingIsShared) {
  const TrunkDir none("");
  EXPECT_TRUE(none.Add(5, [](const std::string&) { return absl::InternalError("called"); }).ok());
  EXPECT_FALSE(none.Newest(5)->newest.has_value());
  EXPECT_TRUE(none.Done(5, {5}).ok());
}

}  // namespace
}  // namespace ff::checkpoint
