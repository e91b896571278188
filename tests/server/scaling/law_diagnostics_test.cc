#include "server/scaling/law_diagnostics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server/scaling/law_fit.h"
#include "server/scaling/run_screening.h"
#include "tests/server/scaling/planted_surface.h"

namespace ff::scaling {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

LawOptions Options(int resamples) {
  LawOptions options;
  options.resamples = resamples;
  return options;
}

TEST(LawResiduals, AnOutlierIsListedAndStaysInTheFit) {
  RunTable table = PlantedTable({}, 6);
  table.loss[10] *= 1.2;
  const auto fit = FitLaw(table, Options(0));
  ASSERT_TRUE(fit.ok());
  const Residuals residuals = LawResiduals(table, *fit);
  ASSERT_EQ(residuals.outliers.size(), 1u);
  EXPECT_EQ(residuals.outliers[0].run_id, table.run_id[10]);
  EXPECT_THAT(residuals.outliers[0].reason, HasSubstr("above the law"));
  EXPECT_THAT(residuals.outliers[0].reason, HasSubstr("still in the fit"));
  EXPECT_EQ(fit->runs, static_cast<int>(table.size()));
  EXPECT_GT(residuals.excess_kurtosis, 3);
}

TEST(LawResiduals, GaussianNoiseLiesOnItsQuantiles) {
  const RunTable table = PlantedTable({}, 7);
  const auto fit = FitLaw(table, Options(0));
  ASSERT_TRUE(fit.ok());
  const Residuals residuals = LawResiduals(table, *fit);
  double product = 0, a = 0, b = 0;
  for (const RunResidual& run : residuals.runs) {
    product += run.standardized * run.normal_quantile;
    a += run.standardized * run.standardized;
    b += run.normal_quantile * run.normal_quantile;
  }
  EXPECT_GT(product / std::sqrt(a * b), 0.96);
  EXPECT_TRUE(residuals.warnings.empty());
  EXPECT_NEAR(fit->noise_sd, 0.005, 0.002);
}

TEST(LawResiduals, AFormThatDoesNotFitDrifts) {
  RunTable table = PlantedTable({}, 8);
  LawOptions options = Options(0);
  options.family = LawFamily::kCompute;  // knows nothing of N and D
  for (size_t i = 0; i < table.size(); ++i)
    table.loss[i] *= std::pow(table.parameters[i] / 1e9, 0.1);
  const auto fit = FitLaw(table, options);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_THAT(LawResiduals(table, *fit).warnings, Contains(HasSubstr("drift with ln N")));
}

TEST(LawInfluence, TheRunThatMattersComesFirst) {
  PlantedSurface law;
  law.noise_sd = 0.001;
  RunTable table = PlantedTable(law, 9);
  LawOptions options = Options(100);
  options.loss = LossFunction::kLogSquares;
  table.loss[0] *= 1.05;
  const auto fit = FitLaw(table, options);
  ASSERT_TRUE(fit.ok());
  const auto influence = LawInfluence(table, options, *fit);
  ASSERT_TRUE(influence.ok()) << influence.status();
  ASSERT_EQ(influence->size(), table.size());
  EXPECT_EQ((*influence)[0].row, 0u);
  EXPECT_GT(std::abs((*influence)[0].shift), std::abs((*influence)[1].shift));
  // Without it the law is that of a new fit without it.
  std::vector<size_t> others;
  for (size_t i = 1; i < table.size(); ++i) others.push_back(i);
  const auto without = FitLaw(SubTable(table, others), options);
  ASSERT_TRUE(without.ok());
  EXPECT_NEAR((*influence)[0].n_opt_exponent, without->n_opt_exponent, 1e-6);
}

TEST(LawInfluence, OptionsOfAnotherFitAreRefused) {
  const RunTable table = PlantedTable({}, 9);
  const auto fit = FitLaw(table, Options(0));
  LawOptions other = Options(0);
  other.family = LawFamily::kTied;
  EXPECT_EQ(LawInfluence(table, other, *fit).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(LawBacktest, PredictsTheLargestBudgetsFromTheSmaller) {
  const RunTable table = PlantedTable({}, 10);
  const auto points = LawBacktest(table, GroupBudgets(table), Options(200));
  ASSERT_TRUE(points.ok()) << points.status();
  ASSERT_EQ(points->size(), 3u);
  for (const BacktestPoint& point : *points) {
    EXPECT_EQ(point.reason, "");
    EXPECT_EQ(point.runs_predicted, 9 * point.budgets_left_out);
    EXPECT_LT(point.mean_abs_error, 0.02);
    EXPECT_LE(point.mean_abs_error, point.worst_abs_error);
    EXPECT_GT(point.inside_interval, 0.6);
    EXPECT_LT(point.fitted_up_to, point.predicted_up_to);
  }
  EXPECT_LT((*points)[0].mean_abs_error, 0.01);
}

TEST(LawBacktest, OneBudgetIsAnError) {
  PlantedSurface law;
  law.budgets = 1;
  const RunTable table = PlantedTable(law, 10);
  EXPECT_EQ(LawBacktest(table, GroupBudgets(table), Options(0)).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

double Probability(const std::vector<LawComparison>& comparisons, const std::string& quantity) {
  for (const LawComparison& one : comparisons) {
    if (one.quantity == quantity) return one.probability_differ;
  }
  return NAN;
}

TEST(CompareLaws, DifferentLawsDifferAndLikeOnesDoNot) {
  PlantedSurface law, other;
  other.e = 2.3;
  const auto a = FitLaw(PlantedTable(law, 11), Options(400));
  const auto b = FitLaw(PlantedTable(law, 12), Options(400));
  const auto c = FitLaw(PlantedTable(other, 13), Options(400));
  ASSERT_TRUE(a.ok() && b.ok() && c.ok());
  EXPECT_GT(Probability(CompareLaws(*a, *c, 1e22), "loss_at_target"), 0.99);
  EXPECT_LT(Probability(CompareLaws(*a, *b, 1e22), "loss_at_target"), 0.99);
  EXPECT_EQ(Probability(CompareLaws(*a, *a, 1e22), "e"), 0);
  EXPECT_FALSE(std::isnan(Probability(CompareLaws(*a, *c, 0), "n_opt_exponent")));
}

TEST(CompareLaws, WithoutDrawsNothingIsClaimed) {
  const auto a = FitLaw(PlantedTable({}, 11), Options(0));
  ASSERT_TRUE(a.ok());
  EXPECT_TRUE(std::isnan(Probability(CompareLaws(*a, *a, 1e22), "e")));
}

}  // namespace
}  // namespace ff::scaling
