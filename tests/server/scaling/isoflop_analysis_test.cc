// Laws recovered, inputs refused, options honoured.
#include "server/scaling/isoflop_analysis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/scaling/planted_runs.h"

namespace ff::scaling {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Fit Analyzed(const std::vector<RunPoint>& runs, const AnalysisOptions& options) {
  auto fit = AnalyzeIsoflop(runs, options);
  EXPECT_TRUE(fit.ok()) << fit.status();
  return fit.ok() ? *fit : Fit{};
}

// Makes the optimum of one budget `factor` times larger, its profile the same.
void ShiftBudget(int budget, double factor, std::vector<RunPoint>* runs) {
  for (RunPoint& run : *runs) {
    if (run.budget_index != budget) continue;
    run.parameters *= factor;
    run.tokens /= factor;
  }
}

TEST(Quadratic, RecoversThePlantedLawExactly) {
  const PlantedLaw law;
  const Fit fit = Analyzed(PlantedRuns(law), QuadraticOptions());
  EXPECT_NEAR(fit.n_opt.exponent_a, law.a, 1e-8);
  EXPECT_NEAR(fit.n_opt.coefficient_k, law.k, 1e-7);
  EXPECT_NEAR(fit.d_opt.exponent_a, 1 - law.a, 1e-8);
  EXPECT_NEAR(fit.d_opt.coefficient_k, 1 / (6 * law.k), 1e-6);
  EXPECT_NEAR(fit.l_opt.exponent_a, law.loss_a, 1e-9);
  EXPECT_NEAR(fit.l_opt.coefficient_k, law.loss_k, 1e-6);
  EXPECT_NEAR(fit.optimal_ratio, 1 / (6 * law.k * law.k), 1e-6);
  EXPECT_EQ(fit.runs_used, 48);
  EXPECT_THAT(fit.exclusions, IsEmpty());
  EXPECT_THAT(fit.warnings, IsEmpty());
}

TEST(Quadratic, ParabolaIsGivenInLogN) {
  const PlantedLaw law;
  const Fit fit = Analyzed(PlantedRuns(law), QuadraticOptions());
  for (const OptimalPoint& point : fit.optimal_points) {
    EXPECT_NEAR(point.c2, law.curvature, 1e-9);
    EXPECT_NEAR(-point.c1 / (2 * point.c2), std::log(point.model_size), 1e-7);
    const double x = std::log(point.model_size);
    EXPECT_NEAR(point.c0 + point.c1 * x + point.c2 * x * x, point.final_loss, 1e-8);
    EXPECT_NEAR(point.r_squared, 1, 1e-9);
    EXPECT_EQ(point.runs, 8);
  }
}

TEST(Quadratic, LeavesOutABudgetWhoseMinimumIsAtTheEdge) {
  std::vector<RunPoint> runs = PlantedRuns({});
  std::erase_if(runs, [](const RunPoint& run) {
    return run.budget_index == 2 && run.parameters > 0.09 * std::sqrt(run.compute_budget);
  });
  const Fit fit = Analyzed(runs, QuadraticOptions());
  ASSERT_EQ(fit.exclusions.size(), 1u);
  EXPECT_EQ(fit.exclusions[0].compute_budget, BudgetAt(2));
  EXPECT_THAT(fit.exclusions[0].reason, HasSubstr("lowest loss at the largest size"));
  EXPECT_EQ(fit.optimal_points.size(), 5u);
  EXPECT_NEAR(fit.n_opt.exponent_a, 0.5, 1e-8);
}

TEST(Quadratic, RefusesWithTheReasonOfEachBudget) {
  PlantedLaw law;
  law.budgets = 4;
  std::vector<RunPoint> runs = PlantedRuns(law);
  for (RunPoint& run : runs) {
    if (run.budget_index == 0) run.loss = 10 - run.loss;  // upside down
    if (run.budget_index == 1) run.loss = 5 - 0.1 * std::log(run.parameters);
    if (run.budget_index == 2) run.loss = NAN;
  }
  const auto fit = AnalyzeIsoflop(runs, QuadraticOptions());
  EXPECT_EQ(fit.status().code(), absl::StatusCode::kFailedPrecondition);
  const std::string message(fit.status().message());
  EXPECT_THAT(message, HasSubstr("here are 1 of 4"));
  EXPECT_THAT(message, HasSubstr("1e+12 FLOP: lowest loss at the"));
  EXPECT_THAT(message, HasSubstr("4e+12 FLOP: lowest loss at the largest size"));
  EXPECT_THAT(message, HasSubstr("1.6e+13 FLOP: too few runs: a parabola needs 3 sizes"));
  EXPECT_THAT(message, HasSubstr("6.4e+13 FLOP: usable"));
}

// Gives budget 0 seven sizes, 2x apart, with these losses.
std::vector<RunPoint> WithFirstBudget(const std::vector<double>& losses) {
  std::vector<RunPoint> runs = PlantedRuns({});
  std::erase_if(runs, [](const RunPoint& run) { return run.budget_index == 0; });
  for (size_t i = 0; i < losses.size(); ++i) {
    const double size = 1e4 * std::pow(2, i);
    runs.push_back({"", 0, BudgetAt(0), size, BudgetAt(0) / (6 * size), losses[i]});
  }
  return runs;
}

TEST(Quadratic, RefusesDownwardCurvature) {
  // A hill with a dent at its top: the lowest run is an inner one, the parabola a hill.
  const Fit fit =
      Analyzed(WithFirstBudget({3.5, 3.9, 4.1, 3.4, 4.1, 3.9, 3.5}), QuadraticOptions());
  ASSERT_EQ(fit.exclusions.size(), 1u);
  EXPECT_THAT(fit.exclusions[0].reason, HasSubstr("do not curve upwards"));
}

TEST(Quadratic, RefusesAVertexOutsideTheSizesMeasured) {
  // Falls ever more gently, with one low run before the end.
  const Fit fit =
      Analyzed(WithFirstBudget({4.0, 3.8, 3.63, 3.49, 3.38, 3.28, 3.29}), QuadraticOptions());
  EXPECT_EQ(fit.exclusions.size(), 1u);
  EXPECT_THAT(fit.exclusions[0].reason, HasSubstr("lies outside the sizes measured"));
}

TEST(Quadratic, AnInnerSizeThatTiesWithTheEdgeIsAMinimum) {
  const Fit fit =
      Analyzed(WithFirstBudget({3.3, 3.35, 3.3, 3.3, 3.4, 3.6, 3.9}), QuadraticOptions());
  EXPECT_THAT(fit.exclusions, IsEmpty());
}

TEST(Quadratic, WarnsOfABudgetWithThreeRuns) {
  std::vector<RunPoint> runs = PlantedRuns({});
  int kept = 0;
  std::erase_if(runs,
                [&kept](const RunPoint& run) { return run.budget_index == 1 && kept++ % 3 != 0; });
  const Fit fit = Analyzed(runs, QuadraticOptions());
  EXPECT_THAT(fit.warnings, Contains(HasSubstr("only 3 runs")));
}

TEST(Inputs, EachUnusableRunIsListed) {
  std::vector<RunPoint> runs = PlantedRuns({});
  runs[3].loss = NAN;
  runs[10].parameters = 0;
  runs[11].loss = -1;
  runs[12].tokens = -5;
  runs[13].loss = INFINITY;
  runs.push_back(runs[0]);
  RunPoint renamed = runs[1];
  renamed.experiment_id = "other";
  runs.push_back(renamed);
  const Fit fit = Analyzed(runs, QuadraticOptions());
  std::vector<std::string> reasons;
  for (const Exclusion& e : fit.exclusions) reasons.push_back(e.experiment_id + ": " + e.reason);
  EXPECT_THAT(reasons,
              ElementsAre(HasSubstr("e0_3: no finite loss"), HasSubstr("e1_2: model size is not"),
                          HasSubstr("e1_3: loss is not positive"), HasSubstr("e1_4: number of tok"),
                          HasSubstr("e1_5: no finite loss"), HasSubstr("e0_0: duplicate"),
                          HasSubstr("other: duplicate")));
  EXPECT_EQ(fit.runs_used, 48 - 5);
}

TEST(Inputs, RunsOfOneSizeWithOtherSeedsAreNoDuplicates) {
  std::vector<RunPoint> runs = PlantedRuns({});
  RunPoint repeat = runs[2];
  repeat.experiment_id = "seed 2";
  repeat.loss += 0.001;
  runs.push_back(repeat);
  EXPECT_EQ(Analyzed(runs, QuadraticOptions()).runs_used, 49);
}

TEST(Inputs, DigestFollowsTheRunsUsedNotTheirOrder) {
  std::vector<RunPoint> runs = PlantedRuns({});
  const std::string digest = Analyzed(runs, QuadraticOptions()).input_digest;
  EXPECT_EQ(digest.size(), 64u);
  std::swap(runs[0], runs[40]);
  EXPECT_EQ(Analyzed(runs, QuadraticOptions()).input_digest, digest);
  runs[5].loss += 1e-12;
  EXPECT_NE(Analyzed(runs, QuadraticOptions()).input_digest, digest);
}

TEST(Inputs, UnknownWordsAreRefused) {
  AnalysisOptions options = QuadraticOptions();
  options.method = "quartic";
  EXPECT_EQ(AnalyzeIsoflop(PlantedRuns({}), options).status().code(),
            absl::StatusCode::kInvalidArgument);
  options = QuadraticOptions();
  options.confidence = 1;
  EXPECT_EQ(AnalyzeIsoflop(PlantedRuns({}), options).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(Options, EnforceMonotonicLeavesOutTheBudgetThatFalls) {
  std::vector<RunPoint> runs = PlantedRuns({});
  ShiftBudget(3, 0.2, &runs);
  AnalysisOptions options = QuadraticOptions();
  EXPECT_EQ(Analyzed(runs, options).optimal_points.size(), 6u);
  options.enforce_monotonic = true;
  const Fit fit = Analyzed(runs, options);
  ASSERT_EQ(fit.exclusions.size(), 1u);
  EXPECT_EQ(fit.exclusions[0].compute_budget, BudgetAt(3));
  EXPECT_THAT(fit.exclusions[0].reason, HasSubstr("fitting.enforce_monotonic"));
  EXPECT_NEAR(fit.n_opt.exponent_a, 0.5, 1e-8);
}

TEST(Options, EnforceMonotonicLosesOnlyAnEarlyOutlier) {
  std::vector<RunPoint> runs = PlantedRuns({});
  ShiftBudget(0, 100, &runs);
  AnalysisOptions options = QuadraticOptions();
  options.enforce_monotonic = true;
  EXPECT_EQ(Analyzed(runs, options).optimal_points.size(), 5u);
}

TEST(Options, RobustResistsAnOutlier) {
  std::vector<RunPoint> runs = PlantedRuns({});
  ShiftBudget(5, 3, &runs);
  AnalysisOptions options = QuadraticOptions();
  EXPECT_GT(Analyzed(runs, options).n_opt.exponent_a, 0.55);
  options.robust = true;
  EXPECT_NEAR(Analyzed(runs, options).n_opt.exponent_a, 0.5, 1e-3);
}

TEST(Options, MinRSquaredWarns) {
  std::vector<RunPoint> runs = PlantedRuns({});
  ShiftBudget(2, 4, &runs);
  ShiftBudget(3, 0.25, &runs);
  AnalysisOptions options = QuadraticOptions();
  options.min_r_squared = 0.9;
  EXPECT_THAT(Analyzed(runs, options).warnings, Contains(HasSubstr("N_opt: R squared 0.")));
  options.min_r_squared = 0;
  EXPECT_THAT(Analyzed(runs, options).warnings, IsEmpty());
}

TEST(Options, ExpectedExponentWarnsOutsideTheToleranceOnly) {
  AnalysisOptions options = QuadraticOptions();
  options.expected_exponent = 0.7;
  options.exponent_tolerance = 0.15;
  EXPECT_THAT(Analyzed(PlantedRuns({}), options).warnings,
              ElementsAre(HasSubstr("exponent 0.500 is further than")));
  options.exponent_tolerance = 0.25;
  EXPECT_THAT(Analyzed(PlantedRuns({}), options).warnings, IsEmpty());
}

TEST(Options, LeaveOneOutRefitsWithoutEachBudget) {
  std::vector<RunPoint> runs = PlantedRuns({});
  ShiftBudget(5, 3, &runs);
  AnalysisOptions options = QuadraticOptions();
  options.leave_one_out = true;
  options.exponent_tolerance = 0.05;
  const Fit fit = Analyzed(runs, options);
  ASSERT_EQ(fit.leave_one_out.size(), 6u);
  EXPECT_EQ(fit.leave_one_out[5].left_out_budget, BudgetAt(5));
  EXPECT_NEAR(fit.leave_one_out[5].exponent_a, 0.5, 1e-8);
  EXPECT_GT(fit.leave_one_out[1].exponent_a, 0.55);
  EXPECT_THAT(fit.warnings, Contains(HasSubstr("one budget decides it")));
  options.leave_one_out = false;
  EXPECT_THAT(Analyzed(runs, options).leave_one_out, IsEmpty());
}

TEST(Options, NarrowRangeWarns) {
  PlantedLaw law;
  law.budgets = 3;
  std::vector<RunPoint> runs = PlantedRuns(law);
  for (RunPoint& run : runs) run.compute_budget = 1e12 * (1 + run.budget_index);
  EXPECT_THAT(Analyzed(runs, QuadraticOptions()).warnings, Contains(HasSubstr("factor of 3 only")));
}

}  // namespace
}  // namespace ff::scaling
