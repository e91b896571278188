#include "server/scaling/next_experiments.h"

#include <gtest/gtest.h>

#include <cmath>

#include "server/scaling/law_fit.h"
#include "tests/server/scaling/planted_surface.h"

namespace ff::scaling {
namespace {

constexpr double kTarget = 1e23;

LawFit Fitted(const RunTable& table) {
  LawOptions options;
  options.loss = LossFunction::kLogSquares;
  options.resamples = 0;
  return *FitLaw(table, options);
}

// Close to the target, far from it, and where a run already is.
std::vector<CandidateExperiment> Candidates(const RunTable& table) {
  return {{3e9, 3e11}, {1e7, 1e8}, {table.parameters[20], table.tokens[20]}};
}

TEST(NextExperiments, EveryRunHelpsAndTheOneNearTheTargetMost) {
  const RunTable table = PlantedTable({}, 1);
  const LawFit fit = Fitted(table);
  const auto values =
      ValueCandidates(table, fit, Candidates(table), NextGoal::kLossAtTarget, kTarget);
  ASSERT_TRUE(values.ok()) << values.status();
  for (const CandidateValue& value : *values) {
    EXPECT_GT(value.shrinkage, 0);
    EXPECT_LT(value.sd_after, value.sd_before);
  }
  EXPECT_GT((*values)[0].shrinkage, 5 * (*values)[2].shrinkage);
  EXPECT_NEAR((*values)[0].flops, 6 * 3e9 * 3e11, 1e10);
}

// The delta method's promise, kept by fits of sweeps that have the runs: the spread of the
// prediction over seeds shrinks as said.
TEST(NextExperiments, ThePromisedSpreadIsTheSpreadOverSeeds) {
  const RunTable first = PlantedTable({}, 1);
  LawFit fit = Fitted(first);
  fit.noise_sd = 0.005;
  const std::vector<CandidateExperiment> add = {{3e9, 3e11}};
  const auto promised = ValueCandidates(first, fit, add, NextGoal::kLossAtTarget, kTarget);
  ASSERT_TRUE(promised.ok());
  double squares[2] = {}, sums[2] = {};
  const int seeds = 60;
  std::mt19937_64 random(5);
  std::normal_distribution<double> noise(0, 0.005);
  for (int seed = 0; seed < seeds; ++seed) {
    RunTable table = PlantedTable({}, 100 + seed);
    for (int with = 0; with < 2; ++with) {
      if (with == 1) {
        table.run_id.push_back("added");
        table.parameters.push_back(add[0].parameters);
        table.tokens.push_back(add[0].tokens);
        table.compute.push_back(6 * add[0].parameters * add[0].tokens);
        table.loss.push_back(LossOf({}, add[0].parameters, add[0].tokens) *
                             std::exp(noise(random)));
      }
      const double value = std::log(PredictLaw(Fitted(table), kTarget)->expected_loss);
      sums[with] += value / seeds;
      squares[with] += value * value / seeds;
    }
  }
  const double before = std::sqrt(squares[0] - sums[0] * sums[0]);
  const double after = std::sqrt(squares[1] - sums[1] * sums[1]);
  // 60 seeds give a standard deviation to about 9 %.
  EXPECT_NEAR(before / (*promised)[0].sd_before, 1, 0.3);
  EXPECT_NEAR(after / (*promised)[0].sd_after, 1, 0.3);
}

// Promised intervals were a fifth narrower than those found by Huber's loss, which with a small
// delta looks at signs: pi/2 times the variance of least squares. What shrinks by how much is the
// same.
TEST(NextExperiments, TheIntervalIsThatOfTheLossInUse) {
  const RunTable table = PlantedTable({}, 1);
  LawFit fit = Fitted(table);
  const std::vector<CandidateExperiment> add = {{3e9, 3e11}};
  const auto promise = [&](LossFunction loss, double delta) {
    fit.loss = loss;
    fit.huber_delta = delta;
    return (*ValueCandidates(table, fit, add, NextGoal::kLossAtTarget, kTarget))[0];
  };
  const CandidateValue squares = promise(LossFunction::kLogSquares, 0);
  const CandidateValue lad = promise(LossFunction::kLad, 0);
  EXPECT_NEAR(lad.sd_before / squares.sd_before, std::sqrt(std::acos(-1.0) / 2), 1e-9);
  EXPECT_NEAR(lad.shrinkage, squares.shrinkage, 1e-12);
  const CandidateValue wide = promise(LossFunction::kHuber, 10 * fit.noise_sd);
  EXPECT_NEAR(wide.sd_before / squares.sd_before, 1, 1e-6);
  // Huber 1964, table 1: cut at one standard deviation, 1.107 times the variance.
  const CandidateValue one = promise(LossFunction::kHuber, fit.noise_sd);
  EXPECT_NEAR(std::pow(one.sd_before / squares.sd_before, 2), 1.107, 0.001);
}

TEST(NextExperiments, ChoosingGoesOnFromWhatWasChosen) {
  const RunTable table = PlantedTable({}, 1);
  const LawFit fit = Fitted(table);
  const auto chosen =
      ChooseNext(table, fit, Candidates(table), NextGoal::kSizeAtTarget, kTarget, 3);
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  ASSERT_EQ(chosen->size(), 3u);
  const auto alone =
      ValueCandidates(table, fit, Candidates(table), NextGoal::kSizeAtTarget, kTarget);
  ASSERT_TRUE(alone.ok());
  for (const CandidateValue& one : *alone) EXPECT_LE(one.shrinkage, (*chosen)[0].shrinkage);
  for (size_t i = 1; i < 3; ++i) {
    EXPECT_NEAR((*chosen)[i].sd_before / (*chosen)[i - 1].sd_after, 1, 1e-9);
  }
  // Where compute costs, the small one is worth more a FLOP.
  const auto cheap =
      ChooseNext(table, fit, Candidates(table), NextGoal::kSizeAtTarget, kTarget, 1, 1.0);
  ASSERT_TRUE(cheap.ok());
  EXPECT_EQ((*cheap)[0].candidate, 1u);
}

TEST(NextExperiments, WithoutALawToSharpenItSaysWhy) {
  RunTable table = PlantedTable({}, 1);
  const LawFit fit = Fitted(table);
  EXPECT_EQ(ValueCandidates(table, fit, {}, NextGoal::kLossAtTarget, -1).status().code(),
            absl::StatusCode::kInvalidArgument);
  const std::vector<CandidateExperiment> bad = {{NAN, 1e9}};
  EXPECT_EQ(ValueCandidates(table, fit, bad, NextGoal::kExponent, 0).status().code(),
            absl::StatusCode::kInvalidArgument);
  for (double& n : table.parameters) n = 1e9;
  EXPECT_EQ(ValueCandidates(table, Fitted(table), {}, NextGoal::kExponent, 0).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace ff::scaling
