// The default files and the schema say the same: each key of one is in the other.
#include "conf/load/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conf/load/embedded.h"
#include "conf/load/layers.h"
#include "conf/load/load.h"
#include "ff/v1/config.pb.h"

namespace ff::conf {
namespace {

class EachSection : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Section, EachSection, testing::ValuesIn(SectionNames()),
                         [](const auto& param_info) { return param_info.param; });

TEST_P(EachSection, EveryKeyHasADefaultInItsFile) {
  const absl::StatusOr<Layers> layers = ReadLayers({});
  ASSERT_TRUE(layers.ok()) << layers.status();
  for (const std::string& path : ValuePaths(*SectionDescriptor(GetParam()))) {
    const std::string full = absl::StrCat(GetParam(), ".", path);
    ASSERT_TRUE(layers->origins.count(full)) << full << " is not in conf/" << GetParam() << ".yaml";
    EXPECT_THAT(layers->origins.at(full),
                testing::StartsWith(absl::StrCat("conf/", GetParam(), ".yaml:")));
  }
}

// A key is explained by a comment above it, or above a neighbour that it belongs with.
TEST_P(EachSection, EveryGroupOfKeysIsExplained) {
  const std::string text = *DefaultText(GetParam());
  bool after_blank = true;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    const bool is_comment = absl::StrContains(line, '#');
    const bool opens_group = absl::EndsWith(line, ":");
    if (after_blank && !line.empty()) {
      EXPECT_TRUE(is_comment || opens_group) << GetParam() << ".yaml: nothing explains: " << line;
    }
    after_blank = line.empty() || opens_group;
  }
}

TEST(Presets, LoadForEveryStage) {
  EXPECT_THAT(PresetNames(), testing::ElementsAre("cpu_fast", "cpu_full", "gpu_h200"));
  for (const std::string& preset : PresetNames()) {
    for (const std::string& stage : SectionNames()) {
      const absl::StatusOr<v1::FlopsFitConfig> config =
          LoadConfig({.files = {preset}, .stage = stage});
      EXPECT_TRUE(config.ok()) << preset << ": " << config.status();
    }
  }
}

TEST(Presets, CpuPresetsAreReadFromAFileToo) {
  const absl::StatusOr<v1::FlopsFitConfig> embedded = LoadConfig({.files = {"cpu_fast"}});
  const absl::StatusOr<v1::FlopsFitConfig> file =
      LoadConfig({.files = {FF_SOURCE_DIR "/conf/presets/cpu_fast.yaml"}});
  ASSERT_TRUE(embedded.ok() && file.ok()) << file.status();
  EXPECT_EQ(embedded->SerializeAsString(), file->SerializeAsString());
}

TEST(DefaultText, KeepsItsComments) {
  EXPECT_THAT(*DefaultText("planner"), testing::HasSubstr("# Smallest and largest"));
  EXPECT_EQ(DefaultText("nothing").status().code(), absl::StatusCode::kNotFound);
}

TEST(Nearest, FindsSlipsAndLeavesStrangersAlone) {
  EXPECT_EQ(Nearest("bacth_size", {"batch_size", "seed"}), "batch_size");
  EXPECT_EQ(Nearest("zebra", {"batch_size", "seed"}), "");
  EXPECT_EQ(Nearest("ab", {"xy"}), "");
}

}  // namespace
}  // namespace ff::conf
