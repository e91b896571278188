// Laws found again from runs drawn from them; bad data; what a fit says about itself.
#include "server/scaling/law_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server/scaling/law_bootstrap.h"
#include "server/scaling/run_screening.h"
#include "tests/server/scaling/planted_surface.h"

namespace ff::scaling {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

LawOptions Options(LawFamily family = LawFamily::kHoffmann,
                   LossFunction loss = LossFunction::kHuber) {
  LawOptions options;
  options.family = family;
  options.loss = loss;
  options.resamples = 0;
  return options;
}

RunTable WithLosses(RunTable table, const std::function<double(double, double, double)>& loss) {
  for (size_t i = 0; i < table.size(); ++i) {
    table.loss[i] = loss(table.parameters[i], table.tokens[i], table.compute[i]);
  }
  return table;
}

RunTable Noiseless() {
  PlantedSurface law;
  law.noise_sd = 0;
  return PlantedTable(law, 1);
}

TEST(LawFit, EveryLossFindsAnExactSurface) {
  for (const LossFunction loss : {LossFunction::kHuber, LossFunction::kLad, LossFunction::kSquares,
                                  LossFunction::kLogSquares}) {
    const auto fit = FitLaw(Noiseless(), Options(LawFamily::kHoffmann, loss));
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_NEAR(ParameterOf(*fit, "e"), 1.8, 1e-4) << LossFunctionName(loss);
    EXPECT_NEAR(ParameterOf(*fit, "alpha"), 0.35, 1e-4) << LossFunctionName(loss);
    EXPECT_NEAR(ParameterOf(*fit, "beta"), 0.37, 1e-4) << LossFunctionName(loss);
    EXPECT_NEAR(fit->n_opt_exponent, 0.37 / 0.72, 1e-4);
  }
}

TEST(LawFit, TiedExponents) {
  PlantedSurface law;
  law.alpha = law.beta = 0.33;
  law.noise_sd = 0;
  const auto fit = FitLaw(PlantedTable(law, 1), Options(LawFamily::kTied));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(ParameterOf(*fit, "alpha"), 0.33, 1e-5);
  EXPECT_NEAR(ParameterOf(*fit, "a") / 480, 1, 1e-3);
  EXPECT_EQ(fit->n_opt_exponent, 0.5);
  EXPECT_TRUE(fit->search.agree);
}

// Kaplan et al. 2020: alpha_N 0.076, alpha_D 0.095, Nc 8.8e13, Dc 5.4e13.
TEST(LawFit, KaplansForm) {
  const RunTable table = WithLosses(Noiseless(), [](double n, double d, double) {
    return std::pow(std::pow(8.8e13 / n, 0.076 / 0.095) + 5.4e13 / d, 0.095);
  });
  const auto fit = FitLaw(table, Options(LawFamily::kKaplan));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(ParameterOf(*fit, "alpha_n"), 0.076, 1e-5);
  EXPECT_NEAR(ParameterOf(*fit, "alpha_d"), 0.095, 1e-5);
  EXPECT_NEAR(ParameterOf(*fit, "log_nc"), std::log(8.8e13), 1e-2);
  EXPECT_NEAR(fit->n_opt_exponent, 0.095 / (0.076 + 0.095), 1e-4);
}

TEST(LawFit, LossAgainstComputeWithIrreducibleLoss) {
  const RunTable table = WithLosses(
      Noiseless(), [](double, double, double c) { return 1.7 + 150 * std::pow(c, -0.12); });
  const auto fit = FitLaw(table, Options(LawFamily::kCompute));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(ParameterOf(*fit, "e"), 1.7, 1e-4);
  EXPECT_NEAR(ParameterOf(*fit, "a"), 0.12, 1e-4);
  EXPECT_TRUE(std::isnan(fit->n_opt_exponent));
  const auto prediction = PredictLaw(*fit, 1e23);
  ASSERT_TRUE(prediction.ok());
  EXPECT_NEAR(prediction->expected_loss, 1.7 + 150 * std::pow(1e23, -0.12), 1e-4);
  EXPECT_TRUE(std::isnan(prediction->optimal_params));
}

TEST(LawFit, EachGroupHasItsOwnIrreducibleLoss) {
  RunTable table = Noiseless();
  GroupColumn corpus{"corpus", {"c4", "unused", "rw"}, {}};
  for (size_t i = 0; i < table.size(); ++i) {
    corpus.codes.push_back(i % 2 == 0 ? 0 : 2);
    if (i % 2 == 1) table.loss[i] += 0.25;
  }
  table.groups.push_back(corpus);
  LawOptions options = Options(LawFamily::kGroupOffsets);
  options.group_column = "corpus";
  const auto fit = FitLaw(table, options);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_NEAR(ParameterOf(*fit, "e:c4"), 1.8, 1e-3);
  EXPECT_NEAR(ParameterOf(*fit, "e:rw"), 2.05, 1e-3);
  EXPECT_NEAR(ParameterOf(*fit, "alpha"), 0.35, 1e-3);
  EXPECT_TRUE(fit->search.agree);
  options.group_column = "colour";
  EXPECT_THAT(FitLaw(table, options).status().message(), HasSubstr("there are: corpus"));
}

TEST(LawFit, TheOptimumIsWhereTheLossIsLeast) {
  const auto fit = FitLaw(Noiseless(), Options());
  ASSERT_TRUE(fit.ok());
  const auto at = PredictLaw(*fit, 1e22);
  ASSERT_TRUE(at.ok());
  for (const double factor : {0.9, 1.1}) {
    EXPECT_GT(LossAt(*fit, at->optimal_params * factor, at->optimal_tokens / factor),
              at->expected_loss);
  }
  EXPECT_NEAR(6 * at->optimal_params * at->optimal_tokens / 1e22, 1, 1e-9);
  EXPECT_NEAR(at->optimal_params / BestSize(PlantedSurface{}, 1e22), 1, 1e-2);
  EXPECT_FALSE(PredictLaw(*fit, -1).ok());
  EXPECT_FALSE(PredictLaw(*fit, NAN).ok());
}

TEST(LawFit, IntervalsHoldTheTruthAndWidenOutwards) {
  LawOptions options = Options();
  options.resamples = 500;
  const auto fit = FitLaw(PlantedTable({}, 3), options);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->resamples, 500);
  const auto band = LawBand(*fit, 1e19, 1e25, 4);
  ASSERT_TRUE(band.ok());
  double last = 0;
  for (const LawBandPoint& point : *band) {
    const double truth = BestSize({}, point.compute);
    EXPECT_LT(point.at.params_ci.low, truth * 1.3);
    EXPECT_GT(point.at.params_ci.high, truth / 1.3);
    const double width = std::log(point.at.params_ci.high / point.at.params_ci.low);
    if (point.compute > 1e21) {
      EXPECT_GT(width, last);
    }
    last = width;
  }
  const Interval law = LossInterval(*fit, 1e9, 2e10, false);
  const Interval run = LossInterval(*fit, 1e9, 2e10, true);
  EXPECT_LT(run.low, law.low);
  EXPECT_GT(run.high, law.high);
}

TEST(LawFit, TheSameSeedGivesTheSameDrawsOnAnyNumberOfThreads) {
  LawOptions options = Options();
  options.resamples = 60;
  options.seed = 9;
  options.threads = 1;
  const RunTable table = PlantedTable({}, 3);
  const auto one = FitLaw(table, options);
  options.threads = 3;
  const auto three = FitLaw(table, options);
  options.seed = 10;
  const auto other = FitLaw(table, options);
  ASSERT_TRUE(one.ok() && three.ok() && other.ok());
  EXPECT_EQ(one->draws, three->draws);
  EXPECT_NE(one->draws, other->draws);
}

TEST(LawFit, BudgetsAreResampledWhole) {
  LawOptions options = Options();
  options.resamples = 200;
  options.unit = ResampleUnit::kBudgets;
  const RunTable table = PlantedTable({}, 3);
  const BudgetGroups groups = GroupBudgets(table);
  const auto fit = FitLaw(table, options, &groups);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_GT(fit->resamples, 150);
  EXPECT_LT(fit->n_opt_exponent_ci.low, fit->n_opt_exponent_ci.high);
  EXPECT_EQ(FitLaw(table, options).status().code(), absl::StatusCode::kFailedPrecondition);
}

// Warm-started resamples end where the full grid ends.
TEST(LawFit, ResamplesReachTheOptimumOfTheFullGrid) {
  const RunTable table = PlantedTable({}, 4);
  LawOptions options = Options();
  options.resamples = 6;
  options.calibrated = false;
  const auto fit = FitLaw(table, options);
  ASSERT_TRUE(fit.ok());
  for (int r = 0; r < 6; ++r) {
    const std::vector<double> weights = ResampleWeights(table.size(), options.seed, r);
    std::vector<size_t> rows;
    for (size_t i = 0; i < weights.size(); ++i) {
      rows.insert(rows.end(), static_cast<size_t>(weights[i]), i);
    }
    const auto full = FitLaw(SubTable(table, rows), Options());
    ASSERT_TRUE(full.ok());
    EXPECT_NEAR(fit->draws[5 * r + 3], ParameterOf(*full, "alpha"), 1e-5) << r;
    EXPECT_NEAR(fit->draws[5 * r + 4], ParameterOf(*full, "beta"), 1e-5) << r;
  }
}

TEST(LawFit, OneSizeCannotBeToldApartAndSaysSo) {
  RunTable table = Noiseless();
  for (double& n : table.parameters) n = 1e9;
  const auto fit = FitLaw(table, Options());
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_FALSE(fit->identifiable);
  EXPECT_THAT(fit->not_identifiable, HasSubstr("one size"));
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("cannot be told apart")));
}

TEST(LawFit, OneRatioOfTokensToParametersIsNoticedForGadresForm) {
  RunTable table = Noiseless();
  for (size_t i = 0; i < table.size(); ++i) {
    table.tokens[i] = 20 * table.parameters[i];
    table.compute[i] = 6 * table.parameters[i] * table.tokens[i];
  }
  const auto fit = FitLaw(table, Options(LawFamily::kGadre, LossFunction::kSquares));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_FALSE(fit->identifiable);
}

TEST(LawFit, TooFewRunsAreAnError) {
  for (const size_t rows : {0u, 1u, 2u, 5u}) {
    const RunTable all = Noiseless();
    std::vector<size_t> some;
    for (size_t i = 0; i < rows; ++i) some.push_back(i);
    const auto fit = FitLaw(SubTable(all, some), Options());
    EXPECT_EQ(fit.status().code(), absl::StatusCode::kFailedPrecondition) << rows;
    EXPECT_THAT(fit.status().message(), HasSubstr("needs 6 usable runs")) << rows;
  }
}

TEST(LawFit, AConstantLossOrWildNumbersNeverCrash) {
  const RunTable table = Noiseless();
  for (const auto& loss : std::vector<std::function<double(double, double, double)>>{
           [](double, double, double) { return 3.0; },
           [](double n, double, double) { return 1e-300 * n; },
           [](double n, double, double) { return 1e300 / n; },
           [](double, double d, double) { return d; }}) {
    for (const LawFamily family : {LawFamily::kHoffmann, LawFamily::kTied, LawFamily::kKaplan,
                                   LawFamily::kCompute, LawFamily::kGadre}) {
      LawOptions options = Options(family);
      options.resamples = 5;
      const auto fit = FitLaw(WithLosses(table, loss), options);
      if (!fit.ok()) continue;
      EXPECT_TRUE(std::isfinite(fit->objective)) << LawFamilyName(family);
      // A law that says nothing must not look like one that does.
      if (fit->identifiable) {
        EXPECT_GE(fit->r_squared, -1e6);
      }
    }
  }
}

TEST(LawFit, EnforcedMonotonicityRefusesALawThatRises) {
  const RunTable table = WithLosses(Noiseless(), [](double n, double d, double) {
    return 1 + 1e-3 * std::pow(n, 0.3) + 1e4 / std::pow(d, 0.4);
  });
  LawOptions options = Options();
  const auto fit = FitLaw(table, options);
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("does not fall everywhere")));
  options.enforce_monotonic = true;
  EXPECT_EQ(FitLaw(table, options).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(LawFit, ExpectationsThatAreNotMetWarn) {
  LawOptions options = Options();
  options.min_r_squared = 0.99999999;
  options.expected_exponent = 0.8;
  options.exponent_tolerance = 0.05;
  const auto fit = FitLaw(PlantedTable({}, 3), options);
  ASSERT_TRUE(fit.ok());
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("min_r_squared")));
  EXPECT_THAT(fit->warnings, Contains(HasSubstr("expected_exponent")));
  EXPECT_THAT(fit->notes, Contains(HasSubstr("robust: Huber")));
}

TEST(LawFit, LargeTablesSayHowTheyWereSearched) {
  PlantedSurface law;
  law.sizes = 4000;
  LawOptions options = Options();
  options.resamples = 300;
  const auto fit = FitLaw(PlantedTable(law, 5), options);  // 24,000 runs
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->search.screened_on, 1000);
  EXPECT_THAT(fit->notes, Contains(HasSubstr("grid was searched on 1000")));
  EXPECT_THAT(fit->notes, Contains(HasSubstr("normal limit")));
  EXPECT_TRUE(fit->search.agree);
  EXPECT_NEAR(ParameterOf(*fit, "alpha"), 0.35, 0.01);
  EXPECT_LT(fit->n_opt_exponent_ci.low, 0.37 / 0.72);
  EXPECT_GT(fit->n_opt_exponent_ci.high, 0.37 / 0.72);
}

TEST(LawNames, RoundTripAndUnknownWordsListWhatThereIs) {
  for (const char* word : {"hoffmann", "tied", "group_offsets", "kaplan", "compute", "gadre"}) {
    EXPECT_EQ(LawFamilyName(*ParseLawFamily(word)), word);
  }
  for (const char* word : {"huber", "lad", "squares", "log_squares"}) {
    EXPECT_EQ(LossFunctionName(*ParseLossFunction(word)), word);
  }
  EXPECT_THAT(ParseLawFamily("chinchilla").status().message(), HasSubstr("hoffmann"));
  EXPECT_THAT(ParseLossFunction("l1").status().message(), HasSubstr("lad"));
}

}  // namespace
}  // namespace ff::scaling
