// Defaults, files and words, each over the one before.
#include "conf/load/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/status.h"

namespace ff::conf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
  EXPECT_EQ(config.trainer().trainer().batch_size(), 64);
  EXPECT_EQ(config.trainer().trainer().weight_decay(), 1.0 / 8192);
  EXPECT_THAT(config.visualizer().plots().formats(), ElementsAre("html", "png"));
}

TEST(Load, WordsGoOverPresetsAndPresetsOverDefaults) {
  const v1::FlopsFitConfig config = Load(
      {.files = {"cpu_fast"}, .overrides = {"compute.min_flops=2e11"}, .stage = "planner"});
  EXPECT_EQ(config.planner().compute().min_flops(), 2e11);
  EXPECT_EQ(config.planner().compute().flop_count(), "exact");
  EXPECT_EQ(config.planner().lr_schedule().rule(), "constant");
  EXPECT_EQ(config.trainer().dataset().path(), ".deps/data/gcide.txt");
}

}  // namespace
}  // namespace ff::conf
