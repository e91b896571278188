// The front door: which reader a file goes to, and files that are none.
#include "server/results/read_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace ff::results {
namespace {

using ::testing::HasSubstr;

class ReadRuns : public testing::Test {
 protected:
  ReadRuns() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ff-runs-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~ReadRuns() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::string folder_;
};

const char kCsv[] = "run_id,params_n,tokens_d,loss\na,1,2,3\n";
const char kJson[] =
    "\xEF\xBB\xBF [{\"run_id\": \"a\", \"params_n\": 1, \"tokens_d\": 2, \"loss\": 3}]";

TEST_F(ReadRuns, TheExtensionOrTheFirstByteDecides) {
  for (const std::string& path :
       {Write("a.csv", kCsv), Write("a.json", kJson), Write("b", kCsv), Write("c.txt", kJson)}) {
    const auto file = ReadRunFile(path, {});
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(file->table.run_id[0], "a") << path;
  }
}

TEST_F(ReadRuns, FilesThatCannotBeRead) {
  EXPECT_TRUE(absl::IsNotFound(ReadRunFile(folder_ + "/none.csv", {}).status()));
  EXPECT_THAT(std::string(ReadRunFile(folder_, {}).status().message()), HasSubstr("is a folder"));
  EXPECT_THAT(std::string(ReadRunFile(Write("empty", ""), {}).status().message()),
              HasSubstr("the file is empty"));
  EXPECT_THAT(std::string(ReadRunFile(Write("x.json", "{"), {}).status().message()),
              HasSubstr("x.json:1:2: not JSON"));
}

const char kLines[] =
    "{\"run_id\": \"a\", \"n\": 1, \"d\": 2, \"loss\": 3, \"tags\": [1, {}]}\n"
    "\n{\"run_id\": \"b\", \"n\": 4, \"d\": 5, \"loss\": NaN}\n";

TEST_F(ReadRuns, JsonLinesAreARunEach) {
  for (const std::string& path :
       {Write("a.jsonl", kLines), Write("a.ndjson", kLines), Write("a.json", kLines),
        Write("a", kLines), Write("b.jsonl", std::string(kLines).substr(0, 60))}) {
    const auto file = ReadRunFile(path, {});
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(file->table.run_id[0], "a") << path;
    EXPECT_EQ(file->table.size(), path.ends_with("b.jsonl") ? 1u : 2u);
  }
  EXPECT_THAT(std::string(ReadRunFile(Write("c.jsonl", "[1]\n"), {}).status().message()),
              HasSubstr("c.jsonl:1:2: not an object; one run a line is read"));
  EXPECT_THAT(
      std::string(
          ReadRunFile(Write("d.jsonl", absl::StrCat(kLines, "{\"n\": ")), {}).status().message()),
      HasSubstr("d.jsonl:4:7: not JSON"));
}

TEST_F(ReadRuns, FilesThatAreNoTextSayWhatToDo) {
  EXPECT_THAT(std::string(ReadRunFile(Write("r.csv.gz", "\x1F\x8B\x08"), {}).status().message()),
              HasSubstr("gzip -dc FILE | ffctl analyze --results -"));
  EXPECT_THAT(std::string(ReadRunFile(Write("r.parquet", "PAR1..."), {}).status().message()),
              HasSubstr("Parquet is not read; write it as CSV"));
  EXPECT_THAT(std::string(ReadRunFile(Write("r.xlsx", "PK\x03\x04"), {}).status().message()),
              HasSubstr("zip or XLSX"));
}

// The buffer ends in the middle of fields, quotes and words; the result is the same.
TEST_F(ReadRuns, PiecesOfAnySizeReadTheSame) {
  const std::string csv = "run_id,params_n,tokens_d,loss\r\n\"a\"\"b\",1e3,2.5,NaN\r\nc,4,5,6\r\n";
  const std::string json =
      R"([{"run_id":"a\"b","n":1e3,"d":2.5,"loss":NaN},{"n":4,"d":5,"loss":6}])";
  for (size_t piece = 1; piece < 9; ++piece) {
    const auto by = [piece](absl::string_view text) {
      return [source = FromText(text), piece](char* into, size_t size) {
        return source(into, std::min(size, piece));
      };
    };
    const auto a = ReadCsvRuns("f", by(csv), {});
    const auto b = ReadJsonRuns("f", by(json), {});
    ASSERT_TRUE(a.ok() && b.ok()) << a.status() << b.status();
    EXPECT_EQ(a->table.run_id[0], "a\"b");
    EXPECT_EQ(b->table.run_id[0], "a\"b");
    EXPECT_EQ(a->table.loss[1], 6);
    EXPECT_EQ(b->table.loss[1], 6);
  }
}

}  // namespace
}  // namespace ff::results
