// Laws that are estimated behind the calls that bring results.
#include <set>

#include "tests/server/coordinator/fixture.h"

namespace ff::coordinator {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// In a caption, whose lines break anywhere.
auto Draws(const std::string& count) {
  return ::testing::ContainsRegex("from( |<br>)" + count + "( |<br>)bootstrap");
}

class FitDueTest : public CoordinatorTest {
 protected:
  Fit Law() {
    auto fit = coordinator_->GetFit("demo");
    EXPECT_TRUE(fit.ok()) << fit.status();
    return fit.value_or(Fit());
  }
  bool Fitting() { return coordinator_->GetSweep("demo")->fitting; }
  void FitNow() { EXPECT_EQ(coordinator_->FitDue(), absl::OkStatus()); }
};

TEST_F(FitDueTest, TheCallThatEndsASweepDoesNotWaitForItsLaw) {
  Create("demo", Spec(7));
  Train(1000);
  EXPECT_EQ(coordinator_->GetSweep("demo")->state, SweepState::kFinished);
  EXPECT_TRUE(Fitting());
  EXPECT_THAT(std::string(coordinator_->GetFit("demo").status().message()),
              HasSubstr("being fitted"));
  FitNow();
  EXPECT_FALSE(Fitting());
  EXPECT_EQ(Law().resamples, 20);
  EXPECT_THAT(EventKinds("demo"), Contains("fitted"));
}

TEST_F(FitDueTest, ACoordinatorThatWasKilledFitsWhenItIsBack) {
  Create("demo", Spec(7));
  Train(1000);
  Restart();
  EXPECT_TRUE(Fitting());
  FitNow();
  EXPECT_FALSE(Law().id.empty());
  Restart();
  EXPECT_FALSE(Fitting());
  const std::string id = Law().id;
  FitNow();
  EXPECT_EQ(Law().id, id) << "nothing was due";
}

TEST_F(FitDueTest, TheLawIsTheOneThatTheSweepAskedFor) {
  SweepSpec spec = Spec(7);
  spec.analyze = Quick();
  spec.analyze->profiles.method = "akima";
  spec.analyze->profiles.loss_kind = "training";
  spec.analyze->profiles.resamples = spec.analyze->law.resamples = 31;
  spec.analyze->law.family = LawFamily::kTied;
  Create("demo", spec);
  Train(1000);
  Restart();
  FitNow();
  EXPECT_EQ(Law().method, "akima");
  EXPECT_EQ(Law().loss_kind, "training");
  EXPECT_EQ(Law().resamples, 31);
  EXPECT_EQ(coordinator_->GetAnalysis("demo")->surface->family, LawFamily::kTied);
}

TEST_F(FitDueTest, ASweepThatIsTakenUpIsAnalysedAsWasAskedForLast) {
  Create("demo", Spec(7));
  SweepSpec spec = Spec(7);
  spec.analyze = Quick();
  spec.analyze->profiles.method = "cubic";
  EXPECT_FALSE(coordinator_->CreateSweep("demo", spec, false)->created);
  TrainAll();
  EXPECT_EQ(Law().method, "cubic");
}

TEST_F(FitDueTest, TheLawComesWithTheResultsAndItsIntervalNarrows) {
  noise_sd_ = 0.002;
  SweepSpec spec = Spec(9);
  spec.analyze = Quick();
  spec.analyze->profiles.resamples = spec.analyze->law.resamples = 1000;
  Create("demo", spec);
  std::vector<double> widths;
  std::set<std::string> ids;
  for (int round = 0; round < 40; ++round) {
    Train(1);
    FitNow();
    const auto analysis = coordinator_->GetAnalysis("demo");
    if (!analysis.ok()) continue;
    ids.insert(analysis->fit.id);
    ASSERT_TRUE(analysis->surface.has_value());
    const Interval& ci = analysis->surface->n_opt_exponent_ci;
    const double value = analysis->surface->n_opt_exponent;
    EXPECT_LT(ci.low, value);
    EXPECT_LT(value, ci.high);
    widths.push_back(ci.high - ci.low);
    if (coordinator_->GetSweep("demo")->state == SweepState::kFinished) break;
    EXPECT_TRUE(analysis->fit.live);
    EXPECT_EQ(analysis->surface->resamples + analysis->surface->failed_resamples, 400);
  }
  EXPECT_GT(ids.size(), 5u) << "one law a round";
  EXPECT_LT(widths.back(), widths.front() / 2);
  EXPECT_FALSE(Law().live);
  EXPECT_GT(coordinator_->GetAnalysis("demo")->surface->resamples, 900);
  EXPECT_THAT(EventKinds("demo"), Contains("fitted").Times(1)) << "live laws are no events";
}

TEST_F(FitDueTest, IntervalsHoldTheValueAndMoreRunsNarrowThem) {
  noise_sd_ = 0.003;
  const auto width = [&](const std::string& name, int sizes) {
    SweepSpec spec = Spec(sizes);
    spec.analyze = Quick();
    spec.analyze->profiles.resamples = spec.analyze->law.resamples = 2000;
    Create(name, spec);
    TrainAll();
    const auto predicted = coordinator_->Predict(name, {1e17});
    EXPECT_TRUE(predicted.ok()) << predicted.status();
    for (const MethodPrediction& one : predicted->second[0]) {
      const Prediction& p = one.at;
      EXPECT_LT(p.params_ci.low, p.optimal_params) << one.method;
      EXPECT_LT(p.optimal_params, p.params_ci.high) << one.method;
      EXPECT_LT(p.loss_ci.low, p.expected_loss) << one.method;
      EXPECT_LT(p.expected_loss, p.loss_ci.high) << one.method;
      EXPECT_LT(p.tokens_per_param_ci.low, p.tokens_per_param) << one.method;
      EXPECT_LT(p.tokens_per_param, p.tokens_per_param_ci.high) << one.method;
      EXPECT_GT(p.params_ci.high / p.params_ci.low, 1.01) << "noise is seen: " << one.method;
    }
    return coordinator_->GetAnalysis(name)->surface->n_opt_exponent_ci;
  };
  const Interval few = width("few", 5), many = width("many", 21);
  EXPECT_LT(many.high - many.low, 0.8 * (few.high - few.low));
}

TEST_F(FitDueTest, FiguresAreOfTheStoredLawUntilRunsHaveChanged) {
  Create("demo", Spec(7));
  Train(1000);
  const auto cloud = [&] {
    const auto figure = coordinator_->GetFigure({"demo", "bootstrap_cloud", "", "", "", ""});
    EXPECT_TRUE(figure.ok()) << figure.status();
    return figure.value_or("");
  };
  EXPECT_THAT(cloud(), Draws("20")) << "none stored: fitted and stored";
  const std::string id = Law().id;
  cloud();
  FitNow();
  EXPECT_EQ(Law().id, id) << "the mark is settled by the law that the figure stored";
  EXPECT_FALSE(Fitting());
  AnalyzeOptions options = Quick();
  options.profiles.resamples = options.law.resamples = 33;
  ASSERT_TRUE(coordinator_->AnalyzeSweep("demo", options).ok());
  EXPECT_THAT(cloud(), Draws("33"));
}

// Approach 1 from what is stored of the runs, through the same call as the others.
TEST_F(FitDueTest, StoredMeasurementsGiveTheEnvelope) {
  curve_points_ = 60;
  SweepSpec spec = Spec(9);
  spec.compute.num_budgets = 4;
  Create("demo", spec);
  TrainAll();
  const auto analysis = coordinator_->GetAnalysis("demo");
  ASSERT_TRUE(analysis.ok()) << analysis.status();
  ASSERT_TRUE(analysis->envelope.has_value());
  // Both exponents of the planted law are 0.34.
  EXPECT_NEAR(analysis->envelope->n_opt.exponent_a, 0.5, 0.05);
  EXPECT_NEAR(analysis->envelope->d_opt.exponent_a, 0.5, 0.05);
  const auto predicted = coordinator_->Predict("demo", {1e15});
  ASSERT_EQ(predicted->second[0].size(), 3u);
  EXPECT_EQ(predicted->second[0][2].method, "envelope");
  const auto figure = coordinator_->GetFigure({"demo", "training_envelope", "", "", "", ""});
  ASSERT_TRUE(figure.ok()) << figure.status();
  EXPECT_THAT(*figure, HasSubstr("nvelope"));
}

TEST_F(FitDueTest, TooFewResultsAreToldOfAtTheEndAlone) {
  Create("demo", Spec(1));
  Train(1);
  FitNow();
  EXPECT_THAT(EventKinds("demo"), Not(Contains("not_fitted")));
  TrainAll();
  EXPECT_THAT(EventKinds("demo"), Contains("not_fitted").Times(1));
  EXPECT_FALSE(Fitting());
}

TEST_F(FitDueTest, ACancelledSweepKeepsWhatItLearnt) {
  Create("demo", Spec(7));
  Train(9);
  ASSERT_TRUE(coordinator_->CancelSweep("demo").ok());
  FitNow();
  EXPECT_FALSE(Law().live);
  Create("other", Spec(5));
  ASSERT_TRUE(coordinator_->CancelSweep("other").ok());
  FitNow();
}

}  // namespace
}  // namespace ff::coordinator
