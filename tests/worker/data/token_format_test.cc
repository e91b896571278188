// Files with headers: read as their writers made them, and every way in which one can be wrong.
#include "worker/data/token_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/worker/data/temp_file.h"
#include "worker/data/dataset_info.h"
#include "worker/data/describe_file.h"
#include "worker/data/npy_header.h"
#include "worker/data/token_file.h"
#include "worker/data/token_writer.h"

namespace ff::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class T>
std::string Packed(const std::vector<T>& tokens) {
  return std::string(reinterpret_cast<const char*>(tokens.data()), tokens.size() * sizeof(T));
}

// As numpy.save(path, numpy.array([1, 2, 300], dtype=numpy.uint16)) writes it.
std::string NumpyFile() {
  std::string head("\x93NUMPY\x01\x00\x76\x00", 10);
  std::string dictionary = "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }";
  dictionary.resize(0x76 - 1, ' ');
  return head + dictionary + "\n" + Packed<uint16_t>({1, 2, 300});
}

// As llm.c's dev/data/data_common.py writes it.
std::string LlmcFile(int32_t magic, int32_t version, int32_t count, const std::string& tokens) {
  std::vector<int32_t> header(256, 0);
  header[0] = magic, header[1] = version, header[2] = count;
  return Packed(header) + tokens;
}

std::vector<int64_t> ReadAll(const std::string& path, const std::string& format) {
  const auto file = TokenFile::Open(path, format, int64_t{1} << 32);
  EXPECT_TRUE(file.ok()) << file.status();
  if (!file.ok()) return {};
  std::vector<int64_t> out((*file)->tokens());
  EXPECT_TRUE((*file)->Read(0, (*file)->tokens(), out.data()).ok());
  return out;
}

class Formats : public ::testing::Test {
 protected:
  std::string Wrong(const std::string& content, const std::string& format) {
    const std::string path = folder_.Write("wrong", content);
    const absl::Status probed = ProbeDataset(path, format).status();
    const absl::Status opened = TokenFile::Open(path, format, 1000).status();
    EXPECT_FALSE(probed.ok());
    EXPECT_EQ(probed.message(), opened.message());  // planner and trainer say the same
    EXPECT_THAT(std::string(probed.message()), HasSubstr(path));
    return std::string(probed.message());
  }
  TempFolder folder_;
};

TEST_F(Formats, ReadsWhatNumpyWrote) {
  EXPECT_THAT(ReadAll(folder_.Write("a.npy", NumpyFile()), "npy"), ElementsAre(1, 2, 300));
}

TEST_F(Formats, ReadsWhatLlmcWrote) {
  const std::string narrow = LlmcFile(20240520, 1, 3, Packed<uint16_t>({5, 50256, 7}));
  EXPECT_THAT(ReadAll(folder_.Write("a.bin", narrow), "llmc"), ElementsAre(5, 50256, 7));
  const std::string wide = LlmcFile(20240801, 7, 2, Packed<uint32_t>({128000, 9}));
  EXPECT_THAT(ReadAll(folder_.Write("b.bin", wide), "llmc"), ElementsAre(128000, 9));
}

TEST_F(Formats, OffsetsOfTokensCountTheHeader) {
  const auto file = TokenFile::Open(folder_.Write("a.npy", NumpyFile()), "npy", 256).value();
  std::vector<int64_t> out(3);
  EXPECT_THAT(std::string(file->Read(0, 3, out.data()).message()),
              HasSubstr("token 300 at offset 132"));
}

TEST_F(Formats, SayWhatIsWrongWithANumpyFile) {
  const std::string good = NumpyFile();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string bad = good;
    return bad.replace(bad.find(from), from.size(), to);
  };
  EXPECT_THAT(Wrong("plain text", "npy"), HasSubstr("offset 0"));
  EXPECT_THAT(Wrong(good.substr(0, 9), "npy"), HasSubstr("offset 9"));
  EXPECT_THAT(Wrong(good.substr(0, 60), "npy"), HasSubstr("cut within its header"));
  EXPECT_THAT(Wrong(good.substr(0, good.size() - 1), "npy"),
              AllOf(HasSubstr("promises 3 tokens"), HasSubstr("ends at offset 133")));
  EXPECT_THAT(Wrong(good + "x", "npy"), HasSubstr("offset 134"));
  EXPECT_THAT(Wrong(with("<u2", "<i8"), "npy"),
              AllOf(HasSubstr("dtype '<i8' at offset"), HasSubstr("astype")));
  EXPECT_THAT(Wrong(with("<u2", ">u2"), "npy"), HasSubstr("dtype '>u2'"));
  EXPECT_THAT(Wrong(with("(3,)", "(3,1)"), "npy"), HasSubstr("one dimension"));
}

TEST_F(Formats, SayWhatIsWrongWithAnLlmcFile) {
  const std::string tokens = Packed<uint16_t>({1, 2, 3});
  EXPECT_THAT(Wrong("short", "llmc"), HasSubstr("less than the header"));
  EXPECT_THAT(Wrong(LlmcFile(7, 1, 3, tokens), "llmc"), HasSubstr("7 at offset 0"));
  EXPECT_THAT(Wrong(LlmcFile(20240520, 2, 3, tokens), "llmc"), HasSubstr("version 2 at offset 4"));
  EXPECT_THAT(Wrong(LlmcFile(20240520, 1, 4, tokens), "llmc"),
              AllOf(HasSubstr("promises 4 tokens"), HasSubstr("ends at offset 1030")));
  EXPECT_THAT(Wrong(LlmcFile(20240520, 1, 2, tokens), "llmc"), HasSubstr("2 bytes at offset 1028"));
  EXPECT_THAT(Wrong(LlmcFile(20240520, 1, -2, tokens), "llmc"), HasSubstr("-2 tokens"));
  EXPECT_THAT(Wrong(LlmcFile(20240520, 1, 0, ""), "llmc"), HasSubstr("no tokens"));
}

// Read as bare tokens, a header would be 512 wrong ones in silence.
TEST_F(Formats, AHeaderIsNotReadAsTokens) {
  EXPECT_THAT(Wrong(LlmcFile(20240520, 1, 1, Packed<uint16_t>({1})), "uint16"),
              HasSubstr("dataset.format=llmc"));
  EXPECT_THAT(Wrong(NumpyFile(), "uint16"), HasSubstr("dataset.format=npy"));
}

TEST_F(Formats, WriterMakesWhatReadersRead) {
  for (const char* format : {"uint16", "uint32", "llmc", "npy"}) {
    for (const int64_t vocabulary : {1000, 100000}) {
      if (std::string(format) == "uint16" && vocabulary > 65536) continue;
      const std::string path = folder_.path() + "/" + format;
      auto writer = TokenWriter::Create(path, format, vocabulary).value();
      ASSERT_TRUE(writer->Append({1, 2}).ok());
      ASSERT_TRUE(writer->Append({int(vocabulary) - 1}).ok());
      EXPECT_FALSE(std::filesystem::exists(path + ".new"));
      ASSERT_TRUE(writer->Finish().ok());
      EXPECT_THAT(ReadAll(path, format), ElementsAre(1, 2, vocabulary - 1)) << format;
      EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
    }
  }
}

TEST_F(Formats, AnUnfinishedFileNeverAppears) {
  const std::string path = folder_.Write("t.bin", "before");
  {
    auto writer = TokenWriter::Create(path, "uint16", 10).value();
    ASSERT_TRUE(writer->Append({1, 2, 3}).ok());
  }
  EXPECT_EQ(std::filesystem::file_size(path), 6u);
  EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
  EXPECT_FALSE(TokenWriter::Create(path, "uint16", 70000).ok());
  EXPECT_FALSE(TokenWriter::Create(folder_.path() + "/no/where", "uint16", 10).ok());
}

TEST_F(Formats, DescriptionFindsTheFormatOut) {
  const auto describe = [&](const std::string& content) {
    return DescribeFile(folder_.Write("x", content), "").value();
  };
  EXPECT_EQ(describe(NumpyFile()).format, "npy");
  EXPECT_FALSE(describe(NumpyFile()).guessed);
  EXPECT_EQ(describe(LlmcFile(20240520, 1, 1, Packed<uint16_t>({1}))).format, "llmc");
  EXPECT_EQ(describe("just text\n").format, "bytes");
  EXPECT_EQ(describe(Packed<uint32_t>({1, 50000, 2, 70})).format, "uint32");
  const FileDescription raw = describe(Packed<uint16_t>({1, 50000, 2, 70, 2}));
  EXPECT_EQ(raw.format, "uint16");
  EXPECT_TRUE(raw.guessed);
  EXPECT_EQ(raw.largest, 50000);
  EXPECT_EQ(raw.largest_offset, 2);
  EXPECT_EQ(raw.distinct, 4);
  EXPECT_THAT(raw.first, ElementsAre(1, 50000, 2, 70, 2));
  EXPECT_EQ(DescribeFile(folder_.path() + "/none", "").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(DescribeFile(folder_.Write("e", ""), "").status().message()),
              HasSubstr("is empty"));
}

}  // namespace
}  // namespace ff::data
