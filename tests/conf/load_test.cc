// Defaults, files and words, each over the one before.
#include "conf/load/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "tests/conf/temp_file.h"

namespace ff::conf {
namespace {

using testing::ElementsAre;

v1::FlopsFitConfig Load(const LoadOptions& options) {
  absl::StatusOr<v1::FlopsFitConfig> config = LoadConfig(options);
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *config : v1::FlopsFitConfig();
}

TEST(Load, DefaultsAreThoseThatFlopsFitUsersKnow) {
  const v1::FlopsFitConfig config = Load({});
  EXPECT_EQ(config.planner().compute().min_flops(), 1e12);
  EXPECT_EQ(config.planner().compute().max_flops(), 3e14);
  EXPECT_EQ(config.planner().compute().num_budgets(), 6);
  EXPECT_EQ(config.planner().lr_schedule().base_lr(), 3e-4);
  EXPECT_EQ(config.trainer().dataset().seq_len(), 256);
  EXPECT_EQ(config.trainer().trainer().weight_decay(), 1.0 / 8192);
  EXPECT_THAT(config.visualizer().plots().formats(), ElementsAre("html", "png"));
}

TEST(Load, WordsGoOverPresetsAndPresetsOverDefaults) {
  const v1::FlopsFitConfig config =
      Load({.files = {"cpu_fast"}, .overrides = {"compute.min_flops=2e11"}, .stage = "planner"});
  EXPECT_EQ(config.planner().compute().min_flops(), 2e11);
  EXPECT_EQ(config.planner().compute().flop_count(), "exact");
  EXPECT_EQ(config.planner().lr_schedule().rule(), "constant");
  EXPECT_EQ(config.trainer().dataset().path(), ".deps/data/gcide.txt");
}

TEST(Load, ALaterFileGoesOverAnEarlierOneAndALaterWordOverAnEarlierOne) {
  TempFile first("a.yaml", "compute: {min_flops: 1, num_budgets: 2}\n");
  TempFile second("b.yaml", "compute: {min_flops: 3}\n");
  const v1::FlopsFitConfig config = Load({.files = {first.path(), second.path()},
                                          .overrides = {"model.width=3", "model.width=4"},
                                          .stage = "planner"});
  EXPECT_EQ(config.planner().compute().min_flops(), 3);
  EXPECT_EQ(config.planner().compute().num_budgets(), 2);
  EXPECT_EQ(config.planner().model().width(), 4);
}

TEST(Load, AListReplacesTheOneBefore) {
  TempFile file("a.yaml", "architecture:\n  head_options:\n    - 3\n    - 1e1\n");
  const v1::FlopsFitConfig config = Load({.files = {file.path()}, .stage = "planner"});
  EXPECT_THAT(config.planner().architecture().head_options(), ElementsAre(3, 10));
}

TEST(Load, AWholeNumberMayBeWrittenWithAnExponent) {
  TempFile file("a.yaml", "trainer: {eval_tokens: 1e6, seed: 9223372036854775807}\n");
  const v1::FlopsFitConfig config = Load({.files = {file.path()}, .stage = "trainer"});
  EXPECT_EQ(config.trainer().trainer().eval_tokens(), 1000000);
  EXPECT_EQ(config.trainer().trainer().seed(), INT64_MAX);
}

TEST(Load, GroupsWithEverythingCommentedOutAndEmptyFilesChangeNothing) {
  TempFile commented("a.yaml", "compute:\n  # min_flops: 1\n");
  TempFile empty("b.yaml", "");
  EXPECT_EQ(
      Load({.files = {commented.path(), empty.path()}, .stage = "planner"}).SerializeAsString(),
      Load({}).SerializeAsString());
}

TEST(Load, WindowsLineEndsAreRead) {
  TempFile file("a.yaml", "compute:\r\n  min_flops: 5\r\n  flop_count: exact\r\n");
  const v1::FlopsFitConfig config = Load({.files = {file.path()}, .stage = "planner"});
  EXPECT_EQ(config.planner().compute().flop_count(), "exact");
}

// `trainer:` at the top of a trainer file is the group of that name; of any other it is the
// section.
TEST(Load, ATrainerGroupAloneIsNotTakenForAPreset) {
  TempFile group("a.yaml", "trainer:\n  batch_size: 3\n");
  TempFile section("b.yaml", "trainer:\n  trainer:\n    batch_size: 4\n");
  EXPECT_EQ(Load({.files = {group.path()}, .stage = "trainer"}).trainer().trainer().batch_size(),
            3);
  for (const char* stage : {"trainer", "planner", ""}) {
    EXPECT_EQ(Load({.files = {section.path()}, .stage = stage}).trainer().trainer().batch_size(),
              4);
  }
}

TEST(Load, AWorkersCoordinatorAloneIsNotTakenForAPreset) {
  TempFile file("a.yaml", "coordinator: 10.0.0.1:7410\n");
  EXPECT_EQ(Load({.files = {file.path()}, .stage = "worker"}).worker().coordinator(),
            "10.0.0.1:7410");
}

TEST(Words, AreLookedUpInTheStageThenFromTheRootThenInTheOnlySectionThatHasThem) {
  const v1::FlopsFitConfig config =
      Load({.overrides = {"model.width=5", "worker.log.level=debug", "trainer.batch_size=6",
                          "planner.model.exponent=0.4", "mode=synthetic"},
            .stage = "planner"});
  EXPECT_EQ(config.planner().model().width(), 5);
  EXPECT_EQ(config.planner().model().exponent(), 0.4);
  EXPECT_EQ(config.worker().log().level(), "debug");
  EXPECT_EQ(config.trainer().trainer().batch_size(), 6);
  EXPECT_EQ(config.trainer().mode(), "synthetic");
}

TEST(Words, ListsWithAndWithoutBrackets) {
  const v1::FlopsFitConfig config = Load(
      {.overrides = {"plots.formats=png,svg", "architecture.head_options=[2, 3]"}, .stage = ""});
  EXPECT_THAT(config.visualizer().plots().formats(), ElementsAre("png", "svg"));
  EXPECT_THAT(config.planner().architecture().head_options(), ElementsAre(2, 3));
}

TEST(Words, TextIsTakenAsItStands) {
  const v1::FlopsFitConfig config =
      Load({.overrides = {"dataset.path=/my files/a: b #1=[x].txt", "listen.http="}, .stage = ""});
  EXPECT_EQ(config.trainer().dataset().path(), "/my files/a: b #1=[x].txt");
  EXPECT_EQ(config.coordinator().listen().http(), "");
}

}  // namespace
}  // namespace ff::conf
