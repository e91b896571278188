// What holds for every plan of every spec: hundreds of random ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "server/scaling/isoflop_plan.h"
#include "server/scaling/plan_checks.h"
#include "server/scaling/training_flops.h"
#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {
namespace {

void CheckNumbers(const SweepSpec& spec, const PlannedExperiment& e) {
  const Plan& plan = e.plan;
  EXPECT_EQ(plan.parameters, TotalParameters(plan.shape));
  EXPECT_EQ(plan.non_embedding_parameters, NonEmbeddingParameters(plan.shape));
  EXPECT_NEAR(plan.parameters / e.target_parameters, 1, spec.architecture.size_tolerance + 1e-12);
  EXPECT_EQ(plan.tokens, plan.steps * plan.batch_size * plan.shape.seq_len);
  EXPECT_DOUBLE_EQ(plan.flops_six_nd, 6.0 * plan.parameters * plan.tokens);
  EXPECT_DOUBLE_EQ(plan.flops_exact, TrainingFlopsPerToken(plan.shape) * plan.tokens);
  EXPECT_EQ(plan.flops, plan.flop_count == "exact" ? plan.flops_exact : plan.flops_six_nd);
  EXPECT_EQ(plan.flop_count, spec.compute.flop_count);
  EXPECT_LE(std::abs(plan.flops - e.budget_flops), plan.flops / plan.steps);
  EXPECT_LE(plan.tokens, TrainingTokensAvailable(spec));
}

void CheckShape(const SweepSpec& spec, const ModelShape& shape) {
  const ArchitectureSpec& rules = spec.architecture;
  EXPECT_EQ(shape.d_model % rules.d_model_multiple, 0);
  EXPECT_EQ(shape.d_model % shape.heads, 0);
  EXPECT_EQ(shape.HeadDim() % 2, 0);
  EXPECT_EQ(shape.d_ff % rules.ffn_multiple, 0);
  EXPECT_GE(shape.layers, rules.min_layers);
  EXPECT_LE(shape.layers, rules.max_layers);
}

TEST(IsoflopPlanProperty, NumbersAgreeForRandomSpecs) {
  std::mt19937 random(1);
  int experiments = 0, refused = 0;
  for (int i = 0; i < 300; ++i) {
    const SweepSpec spec = RandomSpec(&random);
    const auto plan = PlanIsoflopSweep(spec);
    if (!plan.ok()) {
      EXPECT_EQ(plan.status().code(), absl::StatusCode::kFailedPrecondition) << plan.status();
      ++refused;
      continue;
    }
    std::set<std::string> ids;
    for (const PlannedExperiment& e : plan->experiments) {
      CheckNumbers(spec, e);
      CheckShape(spec, e.plan.shape);
      EXPECT_TRUE(ids.insert(ExperimentId(e.plan)).second);
      ++experiments;
    }
    for (const DroppedCell& cell : plan->dropped) EXPECT_FALSE(cell.reason.empty());
  }
  EXPECT_GT(experiments, 1500);
  EXPECT_LT(refused, 150);
}

TEST(IsoflopPlanProperty, SortedByBudgetThenSize) {
  std::mt19937 random(2);
  for (int i = 0; i < 50; ++i) {
    const auto plan = PlanIsoflopSweep(RandomSpec(&random));
    if (!plan.ok()) continue;
    EXPECT_TRUE(std::is_sorted(plan->experiments.begin(), plan->experiments.end(),
                               [](const PlannedExperiment& a, const PlannedExperiment& b) {
                                 return std::tie(a.budget_index, a.target_parameters) <
                                        std::tie(b.budget_index, b.target_parameters);
                               }));
  }
}

std::set<std::string> Ids(const SweepSpec& spec) {
  std::set<std::string> ids;
  const auto plan = PlanIsoflopSweep(spec);
  EXPECT_TRUE(plan.ok()) << plan.status();
  for (const PlannedExperiment& e : plan->experiments) ids.insert(ExperimentId(e.plan));
  return ids;
}

TEST(IsoflopPlanProperty, AddingBudgetsKeepsEveryId) {
  for (const char* count : {"six_nd", "exact"}) {
    SweepSpec spec = SoundSpec();
    spec.compute.flop_count = count;
    spec.compute.num_budgets = 3;  // 1e12, 1e13, 1e14
    const std::set<std::string> before = Ids(spec);
    spec.compute.num_budgets = 5;  // with those between
    const std::set<std::string> between = Ids(spec);
    spec.compute.num_budgets = 4;  // 1e12 .. 1e15
    spec.compute.max_flops = 1e15;
    const std::set<std::string> beyond = Ids(spec);
    EXPECT_TRUE(std::includes(between.begin(), between.end(), before.begin(), before.end()));
    EXPECT_TRUE(std::includes(beyond.begin(), beyond.end(), before.begin(), before.end()));
    EXPECT_GT(between.size(), before.size());
  }
}

TEST(IsoflopPlanProperty, PlanningTwiceGivesTheSame) {
  std::mt19937 random(3);
  const SweepSpec spec = RandomSpec(&random);
  EXPECT_EQ(Ids(spec), Ids(spec));
}

}  // namespace
}  // namespace ff::scaling
