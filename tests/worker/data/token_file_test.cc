#include "worker/data/token_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/worker/data/temp_file.h"

namespace ff::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<int64_t> Read(const TokenFile& file, int64_t first, int64_t count) {
  std::vector<int64_t> out(count);
  EXPECT_TRUE(file.Read(first, count, out.data()).ok());
  return out;
}

TEST(TokenFile, ReadsEachFormat) {
  TempFolder folder;
  auto bytes = TokenFile::Open(folder.Write("b", "abc\xff"), "bytes", 256).value();
  EXPECT_THAT(Read(*bytes, 1, 3), ElementsAre('b', 'c', 255));
  auto shorts =
      TokenFile::Open(folder.WriteTokens<uint16_t>("s", {1, 50000, 65535}), "uint16", 65536)
          .value();
  EXPECT_THAT(Read(*shorts, 0, 3), ElementsAre(1, 50000, 65535));
  auto words =
      TokenFile::Open(folder.WriteTokens<uint32_t>("w", {7, 150000}), "uint32", 200000).value();
  EXPECT_THAT(Read(*words, 0, 2), ElementsAre(7, 150000));
  EXPECT_EQ(words->tokens(), 2);
}

TEST(TokenFile, NamesFileAndOffsetOfATokenOutsideTheVocabulary) {
  TempFolder folder;
  auto file =
      TokenFile::Open(folder.WriteTokens<uint16_t>("s", {1, 2, 300}), "uint16", 256).value();
  std::vector<int64_t> out(3);
  EXPECT_THAT(file->Read(0, 3, out.data()).message(),
              AllOf(HasSubstr(folder.path() + "/s"), HasSubstr("token 300 at offset 4")));
}

TEST(TokenFile, RefusesACutFileAFolderAndAnEmptyOne) {
  TempFolder folder;
  EXPECT_THAT(TokenFile::Open(folder.Write("c", "12345"), "uint32", 256).status().message(),
              HasSubstr("offset 4"));
  EXPECT_FALSE(TokenFile::Open(folder.path(), "bytes", 256).ok());
  EXPECT_FALSE(TokenFile::Open(folder.Write("e", ""), "bytes", 256).ok());
  EXPECT_EQ(TokenFile::Open(folder.path() + "/none", "bytes", 256).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(TokenFile, RefusesRangesOutsideTheFile) {
  TempFolder folder;
  auto file = TokenFile::Open(folder.Write("b", "abcd"), "bytes", 256).value();
  int64_t out[8];
  EXPECT_EQ(file->Read(2, 3, out).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(file->Read(-1, 2, out).code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace ff::data
