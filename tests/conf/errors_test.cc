// Every message of testdata/errors.txt, compared word for word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "conf/load/load.h"
#include "tests/conf/temp_file.h"

namespace ff::conf {
namespace {

struct Case {
  int line = 0;
  std::string stage, yaml, message;
  std::vector<std::string> words;
};

void PrintTo(const Case& c, std::ostream* out) { *out << "errors.txt:" << c.line; }

std::vector<Case> ReadCases() {
  std::ifstream file(FF_SOURCE_DIR "/tests/conf/testdata/errors.txt");
  std::vector<Case> cases;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (absl::StartsWith(line, "stage ")) {
      cases.emplace_back();
      cases.back().line = number;
      cases.back().stage = line.substr(6);
    } else if (absl::StartsWith(line, "| ")) {
      absl::StrAppend(&cases.back().yaml, line.substr(2), "\n");
    } else if (absl::StartsWith(line, "word ")) {
      cases.back().words.push_back(line.substr(5));
    } else if (absl::StartsWith(line, "= ")) {
      std::string& message = cases.back().message;
      absl::StrAppend(&message, message.empty() ? "" : "\n", line.substr(2));
    }
  }
  return cases;
}

class Errors : public testing::TestWithParam<Case> {};

TEST_P(Errors, MessageIsAsWritten) {
  const Case& c = GetParam();
  TempFile file("my.yaml", c.yaml);
  LoadOptions options{.overrides = c.words, .stage = c.stage};
  if (!c.yaml.empty()) options.files.push_back(file.path());
  const absl::StatusOr<v1::FlopsFitConfig> config = LoadConfig(options);
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(absl::StrReplaceAll(std::string(config.status().message()), {{file.path(), "my.yaml"}}),
            c.message);
}

INSTANTIATE_TEST_SUITE_P(Golden, Errors, testing::ValuesIn(ReadCases()));

TEST(ErrorsFile, HasCases) { EXPECT_GT(ReadCases().size(), 40u); }

TEST(Errors, OnlyTheFirstTwentyAreShown) {
  std::string yaml;
  for (int i = 0; i < 33; ++i) absl::StrAppend(&yaml, "zebra", i, ": 1\n");
  TempFile file("my.yaml", yaml);
  const std::string message(
      LoadConfig({.files = {file.path()}, .stage = "planner"}).status().message());
  EXPECT_THAT(message, testing::StartsWith("33 errors in the configuration:\n"));
  EXPECT_THAT(message, testing::EndsWith("\n  ... and 13 more"));
}

TEST(Errors, AFileThatDoesNotExistIsNotFoundAndPresetsAreListed) {
  const absl::Status status =
      LoadConfig({.files = {"./nowhere.yaml"}, .stage = "planner"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(),
            "configuration file ./nowhere.yaml does not exist or cannot be reached; the presets "
            "are cpu_fast, cpu_full, gpu_h200");
}

TEST(Errors, APresetThatDoesNotExistIsNotFoundAndPresetsAreListed) {
  const absl::Status status = LoadConfig({.files = {"cpu_slow"}, .stage = "planner"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(),
            "there is no preset 'cpu_slow'; the presets are cpu_fast, cpu_full, gpu_h200 (a "
            "file's name ends in .yaml or has a / in it)");
}

TEST(Errors, AFolderIsNotAFile) {
  EXPECT_THAT(LoadConfig({.files = {"/"}}).status().message(),
              testing::HasSubstr("is not a regular file"));
}

TEST(Errors, AnUnknownStageListsTheSections) {
  EXPECT_EQ(LoadConfig({.stage = "planer"}).status().message(),
            "there is no section 'planer'; the sections are planner, trainer, analyzer, "
            "visualizer, coordinator, worker");
}

}  // namespace
}  // namespace ff::conf
