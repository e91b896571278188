// A whole analysis: every approach from one table, and what happens when one cannot be had.
#include "server/analysis/analyze_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "server/analysis/unit_checks.h"
#include "server/scaling/law_fit.h"
#include "tests/server/analysis/planted_table.h"

namespace ff::analysis {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

AnalyzeOptions Quick() {
  AnalyzeOptions options;
  options.profiles.method = "quadratic";
  options.profiles.loss_kind = "validation";
  options.profiles.resamples = options.law.resamples = 100;
  options.profiles.leave_one_out = true;
  return options;
}

RunTable FirstBudgets(int budgets) {
  RunTable table = PlantedTable();
  const size_t rows = static_cast<size_t>(budgets) * 9;
  for (auto* column : {&table.parameters, &table.tokens, &table.compute, &table.loss}) {
    column->resize(rows);
  }
  table.run_id.resize(rows);
  return table;
}

TEST(AnalyzeRuns, EveryApproachFindsThePlantedLaw) {
  const auto analysis = AnalyzeRuns(PlantedTable(), {}, Quick());
  ASSERT_TRUE(analysis.ok()) << analysis.status();
  EXPECT_EQ(analysis->runs_read, 54);
  EXPECT_EQ(analysis->used_runs, 54);
  EXPECT_TRUE(analysis->HasProfiles());
  EXPECT_NEAR(analysis->fit.n_opt.exponent_a, 0.36 / 0.70, 0.03);
  EXPECT_EQ(analysis->fit.optimal_points.size(), 6u);
  ASSERT_TRUE(analysis->surface.has_value());
  EXPECT_NEAR(analysis->surface->n_opt_exponent, 0.36 / 0.70, 0.03);
  EXPECT_FALSE(analysis->influence.empty());
  EXPECT_EQ(analysis->backtest.size(), 3u);
  EXPECT_FALSE(analysis->envelope.has_value());
  EXPECT_THAT(analysis->notes, Contains(HasSubstr("envelope: ")));
  EXPECT_THAT(analysis->notes, Contains(HasSubstr("clustered"))) << "no stored budgets";
}

TEST(UnitDoubts, UnitsThatCannotBe) {
  EXPECT_TRUE(UnitDoubts(PlantedTable()).empty());
  EXPECT_TRUE(UnitDoubts({}).empty());
  RunTable table = PlantedTable();
  for (double& compute : table.compute) compute /= 1e18;
  EXPECT_THAT(UnitDoubts(table), Contains(HasSubstr("C / (N D) is 6e-18 at the median")));
  table = PlantedTable();
  for (double& loss : table.loss) loss = std::exp(loss + 1);
  table.loss[0] = NAN;
  EXPECT_THAT(UnitDoubts(table), Contains(HasSubstr("is it a perplexity?")));
  table = PlantedTable();
  for (size_t i = 0; i < table.size(); ++i) table.parameters[i] /= 1e9, table.compute[i] /= 1e9;
  EXPECT_THAT(UnitDoubts(table), Contains(HasSubstr("is N in millions or billions?")));
}

TEST(AnalyzeRuns, OnlyWhatIsAskedForIsTried) {
  AnalyzeOptions options = Quick();
  options.isoflop = options.envelope = false;
  const auto analysis = AnalyzeRuns(PlantedTable(), {}, options);
  ASSERT_TRUE(analysis.ok()) << analysis.status();
  EXPECT_FALSE(analysis->HasProfiles());
  EXPECT_EQ(analysis->fit.method, "surface");
  EXPECT_TRUE(analysis->fit.optimal_points.empty());
  EXPECT_THAT(analysis->notes, Not(Contains(HasSubstr("envelope"))));
}

TEST(AnalyzeRuns, TwoBudgetsAreTooFewForProfilesAndEnoughForASurface) {
  const auto analysis = AnalyzeRuns(FirstBudgets(2), {}, Quick());
  ASSERT_TRUE(analysis.ok()) << analysis.status();
  EXPECT_EQ(analysis->fit.method, "surface");
  EXPECT_TRUE(analysis->surface.has_value());
  EXPECT_THAT(analysis->notes, Contains(HasSubstr("isoflop: a law needs 3 budgets")));
  EXPECT_THAT(analysis->notes, Contains(HasSubstr("backtest: ")));
}

TEST(AnalyzeRuns, BadRunsAreListedNotFitted) {
  RunTable table = PlantedTable();
  table.loss[3] = std::numeric_limits<double>::quiet_NaN();
  table.parameters[4] = 0;
  table.tokens[5] = -1;
  table.run_id[6] = table.run_id[7];
  const auto analysis = AnalyzeRuns(table, {}, Quick());
  ASSERT_TRUE(analysis.ok()) << analysis.status();
  EXPECT_EQ(analysis->runs_read, 54);
  EXPECT_EQ(analysis->used_runs, 50);
  EXPECT_EQ(analysis->excluded.size(), 4u);
  for (const ExcludedRun& run : analysis->excluded) EXPECT_FALSE(run.reason.empty());
}

TEST(AnalyzeRuns, NothingToFitIsAnErrorWithEachReason) {
  RunTable table = PlantedTable();
  for (double& loss : table.loss) loss = -1;
  const absl::Status unusable = AnalyzeRuns(table, {}, Quick()).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(unusable));
  EXPECT_THAT(std::string(unusable.message()), HasSubstr("b0n0: "));
  RunTable two = FirstBudgets(1);
  for (auto* column : {&two.parameters, &two.tokens, &two.compute, &two.loss}) column->resize(2);
  two.run_id.resize(2);
  const absl::Status few = AnalyzeRuns(two, {}, Quick()).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(few)) << few;
  EXPECT_THAT(std::string(few.message()), HasSubstr("isoflop: "));
  EXPECT_THAT(std::string(few.message()), HasSubstr("surface: "));
}

TEST(AnalyzeRuns, OptionsThatMakeNoSenseAreRefused) {
  AnalyzeOptions options = Quick();
  options.profiles.method = "guess";
  EXPECT_TRUE(absl::IsInvalidArgument(AnalyzeRuns(PlantedTable(), {}, options).status()));
  options = Quick();
  options.law.huber_delta = -1;
  EXPECT_TRUE(absl::IsInvalidArgument(AnalyzeRuns(PlantedTable(), {}, options).status()));
}

// The power laws say the same as the surface they are made of.
TEST(SurfaceAsFit, IsTheSurfacesOptimum) {
  AnalyzeOptions options = Quick();
  options.isoflop = false;
  const auto analysis = AnalyzeRuns(PlantedTable(), {}, options);
  ASSERT_TRUE(analysis.ok());
  for (const double c : {1e18, 3e21}) {
    const auto at = scaling::PredictLaw(*analysis->surface, c);
    ASSERT_TRUE(at.ok());
    const auto by = [c](const PowerLaw& law) {
      return law.coefficient_k * std::pow(c, law.exponent_a);
    };
    EXPECT_NEAR(by(analysis->fit.n_opt) / at->optimal_params, 1, 1e-9);
    EXPECT_NEAR(by(analysis->fit.d_opt) / at->optimal_tokens, 1, 1e-9);
    EXPECT_NEAR(scaling::ParameterOf(*analysis->surface, "e") + by(analysis->fit.l_opt),
                at->expected_loss, 1e-9);
  }
}

}  // namespace
}  // namespace ff::analysis
