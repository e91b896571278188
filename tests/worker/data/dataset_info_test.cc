#include "worker/data/dataset_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/worker/data/temp_file.h"

namespace ff::data {
namespace {

using ::testing::HasSubstr;

TEST(ProbeDataset, CountsTokensByFormat) {
  TempFolder folder;
  const std::string path = folder.Write("a", "twelve bytes");
  EXPECT_EQ(ProbeDataset(path, "bytes")->tokens, 12);
  EXPECT_EQ(ProbeDataset(path, "uint16")->tokens, 6);
  EXPECT_EQ(ProbeDataset(path, "uint32")->tokens, 3);
  EXPECT_EQ(ProbeDataset(path, "uint32")->bytes, 12);
}

TEST(ProbeDataset, FingerprintFollowsContentAndFormatNotTheName) {
  TempFolder folder;
  const std::string a = folder.Write("a", "same text!!!"), b = folder.Write("b", "same text!!!");
  const std::string c = folder.Write("c", "same text!!?");
  EXPECT_EQ(ProbeDataset(a, "bytes")->fingerprint, ProbeDataset(b, "bytes")->fingerprint);
  EXPECT_NE(ProbeDataset(a, "bytes")->fingerprint, ProbeDataset(c, "bytes")->fingerprint);
  EXPECT_NE(ProbeDataset(a, "bytes")->fingerprint, ProbeDataset(a, "uint16")->fingerprint);
  EXPECT_EQ(ProbeDataset(a, "bytes")->fingerprint.size(), 32u);
}

TEST(ProbeDataset, LongFilesAreSampledAtBothEnds) {
  TempFolder folder;
  std::string text(9 << 20, 'x');
  const std::string base = ProbeDataset(folder.Write("a", text), "bytes")->fingerprint;
  text.back() = 'y';
  const std::string end = ProbeDataset(folder.Write("b", text), "bytes")->fingerprint;
  text.back() = 'x', text.front() = 'y';
  const std::string start = ProbeDataset(folder.Write("c", text), "bytes")->fingerprint;
  text.front() = 'x', text.pop_back();
  const std::string shorter = ProbeDataset(folder.Write("d", text), "bytes")->fingerprint;
  EXPECT_NE(base, end);
  EXPECT_NE(base, start);
  EXPECT_NE(base, shorter);
}

TEST(ProbeDataset, SaysWhatIsWrong) {
  TempFolder folder;
  EXPECT_EQ(ProbeDataset(folder.path() + "/none", "bytes").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(ProbeDataset(folder.path(), "bytes").status().message(), HasSubstr("folder"));
  EXPECT_THAT(ProbeDataset(folder.Write("e", ""), "bytes").status().message(), HasSubstr("empty"));
  EXPECT_THAT(ProbeDataset(folder.Write("o", "12345"), "uint16").status().message(),
              HasSubstr("offset 4"));
  EXPECT_THAT(ProbeDataset(folder.Write("f", "12"), "int8").status().message(),
              HasSubstr("uint16"));
}

}  // namespace
}  // namespace ff::data
