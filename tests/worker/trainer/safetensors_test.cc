#include "worker/trainer/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "worker/checkpoint/durable.h"

namespace ff::trainer {
namespace {

class Safetensors : public ::testing::Test {
 protected:
  Safetensors() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ff_st_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/t";
  }
  ~Safetensors() override { checkpoint::RemoveFolder(folder_).IgnoreError(); }
  std::string folder_, path_;
  std::vector<float> a_ = {1, 2, 3, 4, 5, 6}, b_ = {-0.5f};
};

TEST_F(Safetensors, ReadsBackTensorsAndMetadata) {
  ASSERT_TRUE(
      WriteSafetensors(path_, {{"a", {2, 3}, a_.data()}, {"b", {1}, b_.data()}}, {{"k", "v"}})
          .ok());
  std::vector<float> a(6), b(1);
  const auto metadata = ReadSafetensors(path_, {{"b", {1}, b.data()}, {"a", {2, 3}, a.data()}});
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(a, a_);
  EXPECT_EQ(b, b_);
  EXPECT_EQ(metadata->at("k"), "v");
}

// The layout that other readers rely on.
TEST_F(Safetensors, HeaderLengthThenJsonThenValues) {
  ASSERT_TRUE(WriteSafetensors(path_, {{"a", {6}, a_.data()}}, {}).ok());
  std::ifstream file(path_, std::ios::binary);
  uint64_t length = 0;
  file.read(reinterpret_cast<char*>(&length), 8);
  EXPECT_EQ(length % 8, 0u);
  EXPECT_EQ(file.get(), '{');
  EXPECT_EQ(std::filesystem::file_size(path_), 8 + length + 24);
}

TEST_F(Safetensors, RefusesAnotherShapeACutFileAndRubbish) {
  ASSERT_TRUE(WriteSafetensors(path_, {{"a", {2, 3}, a_.data()}}, {}).ok());
  EXPECT_EQ(ReadSafetensors(path_, {{"a", {3, 2}, a_.data()}}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadSafetensors(path_, {{"c", {2, 3}, a_.data()}}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 1);
  EXPECT_EQ(ReadSafetensors(path_, {{"a", {2, 3}, a_.data()}}).status().code(),
            absl::StatusCode::kDataLoss);
  std::ofstream(path_, std::ios::trunc) << "no tensors in here";
  EXPECT_EQ(ReadSafetensors(path_, {}).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(Safetensors, SaysWhereWritingFailed) {
  const absl::Status status = WriteSafetensors(folder_ + "/no/t", {{"a", {6}, a_.data()}}, {});
  EXPECT_THAT(status.message(), ::testing::HasSubstr("/no/t: No such file"));
}

}  // namespace
}  // namespace ff::trainer
