// Laws of published runs with published answers: Besiroglu et al. 2024 on Hoffmann et al.'s
// runs, Gadre et al. 2024, Porian et al. 2024.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server/scaling/law_fit.h"
#include "server/scaling/law_problem.h"
#include "tests/server/scaling/reference_data.h"

namespace ff::scaling {
namespace {

constexpr double kObjective = 1e-6;  // relative: how much above the reference's is allowed

LawOptions Options(LawFamily family, LossFunction loss, int resamples = 0) {
  LawOptions options;
  options.family = family;
  options.loss = loss;
  options.resamples = resamples;
  return options;
}

RunTable ChinchillaAll(const std::filesystem::path& path) {
  return ReadRuns(path, [](const Row&) { return true; });
}

void ExpectSurface(const LawFit& fit, double a, double b, double e, double alpha, double beta) {
  EXPECT_NEAR(ParameterOf(fit, "a") / a, 1, 1e-4);
  EXPECT_NEAR(ParameterOf(fit, "b") / b, 1, 1e-4);
  EXPECT_NEAR(ParameterOf(fit, "e"), e, 1e-5);
  EXPECT_NEAR(ParameterOf(fit, "alpha"), alpha, 1e-5);
  EXPECT_NEAR(ParameterOf(fit, "beta"), beta, 1e-5);
}

TEST(PublishedLaws, ChinchillaHuberReachesTheTrueOptimum) {
  const auto path = ReferenceFile("chinchilla_fig4.csv");
  SKIP_WITHOUT(path);
  const RunTable table = Chinchilla240(path);
  ASSERT_EQ(table.size(), 240u);
  const auto fit = FitLaw(table, Options(LawFamily::kHoffmann, LossFunction::kHuber));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_LE(fit->objective, 0.001018274017800602 * (1 + kObjective));
  ExpectSurface(*fit, 477.826, 2143.417, 1.817218, 0.3473105, 0.3671724);
  EXPECT_NEAR(fit->n_opt_exponent, 0.51390, 1e-5);
  EXPECT_TRUE(fit->search.agree);
  EXPECT_NEAR(fit->search.grid_objective / fit->search.projection_objective, 1, 1e-9);
  EXPECT_EQ(fit->search.starts, 4500);
  EXPECT_GT(fit->search.starts_at_best, 300);  // SciPy's L-BFGS-B: 333
  EXPECT_TRUE(fit->identifiable);
}

// Table 1 of Besiroglu et al. is the fit of least absolute deviations, not Huber's.
TEST(PublishedLaws, ChinchillaLeastAbsoluteDeviationsIsBesiroglusTable) {
  const auto path = ReferenceFile("chinchilla_fig4.csv");
  SKIP_WITHOUT(path);
  const auto fit = FitLaw(Chinchilla240(path), Options(LawFamily::kHoffmann, LossFunction::kLad));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_LE(fit->objective, 1.129494653623504 * (1 + kObjective));
  ExpectSurface(*fit, 482.0060542863994, 2085.4362458674445, 1.8168641328115314, 0.3478130700721367,
                0.36585416433608464);
  EXPECT_TRUE(fit->search.agree);
}

TEST(PublishedLaws, ChinchillaWithTheFiveDivergedRuns) {
  const auto path = ReferenceFile("chinchilla_fig4.csv");
  SKIP_WITHOUT(path);
  const auto fit = FitLaw(ChinchillaAll(path), Options(LawFamily::kHoffmann, LossFunction::kHuber));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_LE(fit->objective, 0.0018260105230693353 * (1 + kObjective));
  ExpectSurface(*fit, 495.7260087576789, 12845.613273100971, 1.8913384991463373, 0.3493128937159741,
                0.45304929558324936);
}

TEST(PublishedLaws, ChinchillaPlainSquaresBelow1e21) {
  const auto path = ReferenceFile("chinchilla_fig4.csv");
  SKIP_WITHOUT(path);
  const RunTable table = ReadRuns(path, [](const Row& row) {
    return row.at("besiroglu_excluded") != "1" && Number(row, "flops_c") < 1e21;
  });
  ASSERT_EQ(table.size(), 217u);
  const auto fit = FitLaw(table, Options(LawFamily::kHoffmann, LossFunction::kSquares));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_LE(fit->objective, 0.06241429288347618 * (1 + kObjective));
  EXPECT_NEAR(ParameterOf(*fit, "e"), 1.9051, 1e-4);
  EXPECT_NEAR(ParameterOf(*fit, "alpha"), 0.3511, 1e-4);
  EXPECT_NEAR(ParameterOf(*fit, "beta"), 0.4587, 1e-4);
  EXPECT_NEAR(ParameterOf(*fit, "a") * std::pow(1e6, -ParameterOf(*fit, "alpha")), 4.0005, 1e-3);
  EXPECT_NEAR(ParameterOf(*fit, "b") * std::pow(1e9, -ParameterOf(*fit, "beta")), 1.0509, 1e-3);
}

void ExpectInterval(const LawFit& fit, const std::string& name, double low, double high) {
  for (const LawParameter& parameter : fit.parameters) {
    if (parameter.name != name) continue;
    EXPECT_NEAR(parameter.ci.low / low, 1, 0.05) << name;
    EXPECT_NEAR(parameter.ci.high / high, 1, 0.05) << name;
  }
}

TEST(PublishedLaws, ChinchillaIntervalsAreBesiroglus) {
  const auto path = ReferenceFile("chinchilla_fig4.csv");
  SKIP_WITHOUT(path);
  const auto fit =
      FitLaw(Chinchilla240(path), Options(LawFamily::kHoffmann, LossFunction::kHuber, 4000));
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->resamples, 4000);
  ExpectInterval(*fit, "a", 285.214, 743.626);
  ExpectInterval(*fit, "b", 1042.357, 5810.344);
  ExpectInterval(*fit, "e", 1.769, 1.871);
  ExpectInterval(*fit, "alpha", 0.317, 0.373);
  ExpectInterval(*fit, "beta", 0.331, 0.415);
  double sum = 0, squares = 0;
  for (int r = 0; r < fit->resamples; ++r) {
    const double alpha = fit->draws[5 * r + 3], beta = fit->draws[5 * r + 4];
    const double a = beta / (alpha + beta);
    sum += a;
    squares += a * a;
  }
  const double mean = sum / fit->resamples;
  EXPECT_NEAR(std::sqrt(squares / fit->resamples - mean * mean), 0.020, 0.001);
}

struct GadreAnswer {
  const char* dataset;
  double e, a, b, eta, sse;
};

TEST(PublishedLaws, GadreFormAndItsExtrapolation) {
  const auto path = ReferenceFile("gadre_overtrain.csv");
  SKIP_WITHOUT(path);
  for (const GadreAnswer& answer :
       {GadreAnswer{"c4_original", 1.508, 141.28, 189.52, 0.1212, 0.0004141189389663375},
        GadreAnswer{"rpj", 1.837, 212.24, 366.69, 0.1364, 0.0004256476704419699},
        GadreAnswer{"rw_original", 1.734, 157.12, 246.21, 0.1272, 8.244413176302338e-05}}) {
    const RunTable table = ReadRuns(path, [&](const Row& row) {
      return row.at("train_dataset") == answer.dataset && row.at("fit_role") == "fit";
    });
    ASSERT_EQ(table.size(), 5u);
    const auto fit = FitLaw(table, Options(LawFamily::kGadre, LossFunction::kSquares));
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_LE(fit->objective, answer.sse * (1 + kObjective)) << answer.dataset;
    EXPECT_NEAR(ParameterOf(*fit, "e"), answer.e, 1e-3) << answer.dataset;
    EXPECT_NEAR(ParameterOf(*fit, "a"), answer.a, 0.01) << answer.dataset;
    EXPECT_NEAR(ParameterOf(*fit, "b"), answer.b, 0.01) << answer.dataset;
    EXPECT_NEAR(ParameterOf(*fit, "eta"), answer.eta, 1e-4) << answer.dataset;
    EXPECT_TRUE(fit->search.agree) << answer.dataset;
    if (std::string(answer.dataset) != "rpj") continue;
    for (const auto& [run, percent] : std::map<std::string, double>{
             {"rpj-open_lm_1b-32.0", 0.7103}, {"rpj-open_lm_7b-1.0", 0.7320}}) {
      const RunTable one = ReadRuns(path, [&](const Row& row) { return row.at("run_id") == run; });
      ASSERT_EQ(one.size(), 1u) << run;
      const double predicted = LossAt(*fit, one.parameters[0], one.tokens[0], one.compute[0]);
      EXPECT_NEAR(100 * std::abs(predicted / one.loss[0] - 1), percent, 0.001) << run;
    }
  }
}

TEST(PublishedLaws, GadreRunsByTheLossSurface) {
  const auto path = ReferenceFile("gadre_overtrain.csv");
  SKIP_WITHOUT(path);
  for (const auto& [dataset, objective] :
       std::map<std::string, double>{{"c4_original", 0.0005299541304503392},
                                     {"rpj", 0.00042651082715389524},
                                     {"rw_original", 0.00047572550163028855}}) {
    const RunTable table =
        ReadRuns(path, [&](const Row& row) { return row.at("train_dataset") == dataset; });
    const auto fit = FitLaw(table, Options(LawFamily::kHoffmann, LossFunction::kHuber));
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_LE(fit->objective, objective * (1 + kObjective)) << dataset;
    EXPECT_TRUE(fit->search.agree) << dataset;
  }
}

TEST(PublishedLaws, PorianRunsByTheLossSurface) {
  const auto path = ReferenceFile("porian_isoflop.csv");
  SKIP_WITHOUT(path);
  struct Answer {
    double objective, exponent;
  };
  for (const auto& [config, answer] : std::map<std::string, Answer>{
           {"rw-tuned-short-const-standard-val", {0.006693239337966149, 0.5293858602193654}},
           {"owt2-tuned-short-const-standard-val", {0.006846502560956819, 0.5047844750961151}},
           {"rw-base-short-chinchilla-standard-val",
            {0.0010678097172283443, 0.5858169489987991}}}) {
    const auto fit =
        FitLaw(PorianTable(path, config), Options(LawFamily::kHoffmann, LossFunction::kHuber));
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_LE(fit->objective, answer.objective * (1 + kObjective)) << config;
    EXPECT_NEAR(fit->n_opt_exponent, answer.exponent, 0.002) << config;
    EXPECT_TRUE(fit->search.agree) << config;
  }
}

}  // namespace
}  // namespace ff::scaling
