// The default configuration and the presets are worth running: planned for the data they are
// made for, nothing is left out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "conf/load/load.h"
#include "server/convert/sweep_spec.h"
#include "server/scaling/isoflop_plan.h"

namespace ff::conf {
namespace {

scaling::IsoflopPlan Plan(const std::string& preset, int64_t tokens) {
  LoadOptions options{.stage = "planner"};
  if (!preset.empty()) options.files = {preset};
  const v1::FlopsFitConfig config = *LoadConfig(options);
  v1::SweepSpec spec;
  *spec.mutable_planner() = config.planner();
  *spec.mutable_trainer() = config.trainer();
  spec.mutable_dataset()->set_path("text");
  spec.mutable_dataset()->set_format(config.trainer().dataset().format());
  spec.mutable_dataset()->set_tokens(tokens);
  spec.mutable_dataset()->set_fingerprint("0123");
  const absl::StatusOr<SweepSpec> sweep = convert::FromProto(spec);
  EXPECT_TRUE(sweep.ok()) << sweep.status();
  const absl::StatusOr<scaling::IsoflopPlan> plan = scaling::PlanIsoflopSweep(*sweep);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *plan : scaling::IsoflopPlan();
}

std::string Dropped(const scaling::IsoflopPlan& plan) {
  std::string text;
  for (const DroppedCell& cell : plan.dropped) {
    absl::StrAppend(&text, "C ", cell.budget_flops, " N ", cell.target_parameters, ": ",
                    cell.reason, "\n");
  }
  return text;
}

void ExpectEnoughSizesAtEveryBudget(const scaling::IsoflopPlan& plan, int budgets) {
  std::map<int, int> sizes;
  for (const scaling::PlannedExperiment& experiment : plan.experiments) {
    ++sizes[experiment.budget_index];
  }
  EXPECT_EQ(sizes.size(), static_cast<size_t>(budgets));
  for (const auto& [budget, count] : sizes) EXPECT_GE(count, 5) << "budget " << budget;
}

// The text that quickstart installs has 39 MB.
constexpr int64_t kDictionary = 39'000'000;

TEST(Plans, DefaultsLeaveNothingOut) {
  const scaling::IsoflopPlan plan = Plan("", 1'000'000'000);
  EXPECT_EQ(Dropped(plan), "");
  EXPECT_EQ(plan.experiments.size(), 54u);
}

TEST(Plans, CpuFastLeavesNothingOutAndIsSmall) {
  const scaling::IsoflopPlan plan = Plan("cpu_fast", kDictionary);
  EXPECT_EQ(Dropped(plan), "");
  ExpectEnoughSizesAtEveryBudget(plan, 5);
  EXPECT_LT(plan.total_flops, 2e13);
}

TEST(Plans, CpuFullLeavesNothingOut) {
  const scaling::IsoflopPlan plan = Plan("cpu_full", kDictionary);
  EXPECT_EQ(Dropped(plan), "");
  ExpectEnoughSizesAtEveryBudget(plan, 6);
}

TEST(Plans, GpuLeavesNothingOutOnFortyBillionTokens) {
  const scaling::IsoflopPlan plan = Plan("gpu_h200", 40'000'000'000);
  EXPECT_EQ(Dropped(plan), "");
  ExpectEnoughSizesAtEveryBudget(plan, 7);
}

}  // namespace
}  // namespace ff::conf
