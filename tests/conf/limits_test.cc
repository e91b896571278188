// Hostile and broken YAML costs little and never crashes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "conf/load/load.h"
#include "conf/load/yaml_document.h"
#include "tests/conf/temp_file.h"

namespace ff::conf {
namespace {

using testing::HasSubstr;

std::string Message(const std::string& yaml) {
  return std::string(ParseYaml("my.yaml", yaml).status().message());
}

TEST(Limits, AliasesThatMultiplyAreRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [");
    for (int k = 0; k < 9; ++k) absl::StrAppend(&bomb, "*a", i - 1, k < 8 ? ", " : "]\n");
  }
  EXPECT_THAT(Message(bomb), HasSubstr("more than 10000 values"));
}

TEST(Limits, AnOrdinaryAliasIsRead) {
  TempFile file("my.yaml", "compute: {min_flops: &least 2e12, max_flops: *least}\n");
  const auto config = LoadConfig({.files = {file.path()}, .stage = "planner"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->planner().compute().max_flops(), 2e12);
}

TEST(Limits, DeepNestingIsRefused) {
  EXPECT_THAT(Message(std::string(100, '[') + std::string(100, ']')),
              HasSubstr("nested deeper than 64"));
  EXPECT_FALSE(ParseYaml("my.yaml", std::string(100000, '[')).ok());
  std::string indented;
  for (int i = 0; i < 400; ++i) absl::StrAppend(&indented, std::string(i, ' '), "a:\n");
  EXPECT_FALSE(ParseYaml("my.yaml", indented).ok());
}

TEST(Limits, ManyValuesAreRefused) {
  std::string yaml = "[";
  for (int i = 0; i < 20000; ++i) absl::StrAppend(&yaml, i, ",");
  EXPECT_THAT(Message(yaml + "]"), HasSubstr("more than 10000 values"));
}

TEST(Limits, LargeFilesAreRefused) {
  TempFile file("my.yaml", "compute: {}  # " + std::string(kMaxYamlBytes, 'x') + "\n");
  EXPECT_EQ(LoadConfig({.files = {file.path()}, .stage = "planner"}).status().message(),
            file.path() + ": larger than 1 MiB; this is not a configuration file");
}

TEST(Limits, BinaryDataIsRefused) {
  EXPECT_EQ(Message(std::string("ELF\0\1\2", 6)),
            "my.yaml: contains binary data; this is not a configuration file");
}

TEST(Limits, TextThatIsNotUtf8IsRefused) {
  const absl::Status status =
      LoadConfig({.overrides = {"dataset.path=caf\xe9"}, .stage = "trainer"}).status();
  EXPECT_EQ(status.message(), "command line: trainer.dataset.path: is not valid UTF-8 text");
}

TEST(Limits, TextWithALineBreakIsRefused) {
  TempFile file("my.yaml", "dataset: {path: \"a\\nb\"}\n");
  EXPECT_THAT(LoadConfig({.files = {file.path()}, .stage = "trainer"}).status().message(),
              HasSubstr("has a control character (a tab or line break, say) in 'a?b'"));
}

// Takes, doubles, swaps and puts in bytes at random places of each default file.
std::string Mutate(std::string text, std::mt19937* random) {
  constexpr char kBytes[] = "[]{}:,-#&*!|>'\"%@`?\\ \n\t\r~.0e\xff\xc3";
  const int changes = 1 + (*random)() % 8;
  for (int i = 0; i < changes && !text.empty(); ++i) {
    const size_t at = (*random)() % text.size();
    const size_t length = 1 + (*random)() % 40;
    switch ((*random)() % 4) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr((*random)() % text.size(), length));
        break;
      case 2:
        text[at] = kBytes[(*random)() % (sizeof(kBytes) - 1)];
        break;
      default:
        text.insert(at, 1, kBytes[(*random)() % (sizeof(kBytes) - 1)]);
    }
  }
  return text;
}

TEST(Limits, MutatedFilesAreReadOrRefusedWithAMessage) {
  std::mt19937 random(20);
  int refused = 0;
  for (const char* stage :
       {"planner", "trainer", "analyzer", "visualizer", "coordinator", "worker"}) {
    const std::string text = *DefaultText(stage);
    for (int i = 0; i < 150; ++i) {
      TempFile file("my.yaml", Mutate(text, &random));
      const absl::Status status = LoadConfig({.files = {file.path()}, .stage = stage}).status();
      if (status.ok()) continue;
      ++refused;
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
      EXPECT_THAT(status.message(), HasSubstr(file.path()));
    }
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace ff::conf
