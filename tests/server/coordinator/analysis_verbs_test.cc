#include <nlohmann/json.hpp>

#include "tests/server/coordinator/fixture.h"

namespace ff::coordinator {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

class AnalysisVerbs : public CoordinatorTest {};

TEST_F(AnalysisVerbs, AFinishedSweepIsFittedByItself) {
  const Sweep sweep = Create("demo", Spec(7));
  EXPECT_TRUE(absl::IsNotFound(coordinator_->GetFit("demo").status()));
  TrainAll();
  ASSERT_EQ(coordinator_->GetSweep("demo")->state, SweepState::kFinished);
  const auto fit = coordinator_->GetFit("demo");
  ASSERT_TRUE(fit.ok()) << fit.status();
  EXPECT_EQ(fit->sweep_id, sweep.id);
  EXPECT_EQ(fit->resamples, 20);
  EXPECT_FALSE(fit->live);
  EXPECT_EQ(fit->flop_count, "six_nd");
  EXPECT_THAT(EventKinds("demo"), Contains("fitted"));
}

TEST_F(AnalysisVerbs, ASweepThatCannotBeFittedSaysSoInAnEvent) {
  Create("demo", Spec(1));
  TrainAll();
  EXPECT_EQ(coordinator_->GetSweep("demo")->state, SweepState::kFinished);
  EXPECT_THAT(EventKinds("demo"), Contains("not_fitted"));
  EXPECT_TRUE(absl::IsNotFound(coordinator_->GetFit("demo").status()));
}

TEST_F(AnalysisVerbs, AnalysingUsesTheLossThatIsAskedFor) {
  Create("demo", Spec(7));
  EXPECT_TRUE(absl::IsFailedPrecondition(coordinator_->AnalyzeSweep("demo", Quick()).status()));
  TrainAll();
  const auto validation = coordinator_->AnalyzeSweep("demo", Quick());
  ASSERT_TRUE(validation.ok()) << validation.status();
  AnalyzeOptions options = Quick();
  options.profiles.loss_kind = "training";
  const auto training = coordinator_->AnalyzeSweep("demo", options);
  ASSERT_TRUE(training.ok());
  EXPECT_NEAR(validation->fit.optimal_points[0].final_loss,
              training->fit.optimal_points[0].final_loss + 0.01, 1e-9);
  EXPECT_EQ(coordinator_->GetFit("demo")->id, training->fit.id);
  options.profiles.loss_kind = "guessed";
  EXPECT_TRUE(absl::IsInvalidArgument(coordinator_->AnalyzeSweep("demo", options).status()));
}

TEST_F(AnalysisVerbs, PredictionsComeFromTheNewestFit) {
  Create("demo", Spec(7));
  TrainAll();
  const auto predicted = coordinator_->Predict("demo", {0, 1e16});
  ASSERT_TRUE(predicted.ok()) << predicted.status();
  EXPECT_EQ(predicted->first, coordinator_->GetFit("demo")->id);
  ASSERT_EQ(predicted->second.size(), 2u);
  EXPECT_EQ(predicted->second[0][0].method, "isoflop");
  EXPECT_NEAR(predicted->second[0][0].at.extrapolation, 10, 1e-9);
  EXPECT_EQ(predicted->second[1][0].at.target_compute, 1e16);
  ASSERT_EQ(predicted->second[1].size(), 2u) << "isoflop and surface, without curves";
  EXPECT_EQ(predicted->second[1][1].method, "surface");
  // The planted losses have no noise: the interval is as narrow as rounding lets it be.
  const Prediction& surface = predicted->second[1][1].at;
  EXPECT_GT(surface.tokens_per_param, 0);
  EXPECT_LE(surface.tokens_per_param_ci.low, surface.tokens_per_param_ci.high);
  EXPECT_NEAR(surface.tokens_per_param_ci.low / surface.tokens_per_param, 1, 1e-3);
  EXPECT_NEAR(surface.tokens_per_param_ci.high / surface.tokens_per_param, 1, 1e-3);
  EXPECT_TRUE(absl::IsInvalidArgument(coordinator_->Predict("demo", {-1}).status()));
}

TEST_F(AnalysisVerbs, FiguresAreDrawnFromWhatThereIs) {
  Create("demo", Spec(7));
  const auto figure = [&](const std::string& name) {
    return coordinator_->GetFigure({"demo", name, "", "", "", ""});
  };
  EXPECT_TRUE(figure("isoflop_curves").ok());
  EXPECT_TRUE(absl::IsNotFound(figure("scaling_laws").status()));
  AttemptReport report = Report(Call("w", 1).leases[0], "running");
  Measurement m;
  m.kind = "train";
  m.step = 1;
  m.tokens = 1000;
  m.flops = 1e9;
  m.loss = 3;
  report.measurements = {m};
  Call("w", 0, {report});
  TrainAll();
  for (const char* name :
       {"isoflop_curves", "scaling_laws", "tokens_per_param", "loss_curves", "law_bands",
        "loss_surface", "residuals", "bootstrap_cloud", "backtest", "training_envelope"}) {
    const auto text = figure(name);
    ASSERT_TRUE(text.ok()) << name << text.status();
    EXPECT_FALSE(nlohmann::json::parse(*text)["data"].empty()) << name;
  }
  const absl::Status unknown = figure("pie").status();
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("tokens_per_param"));
}

TEST_F(AnalysisVerbs, TwoSweepsAreComparedInOneFigure) {
  Create("web", Spec(5));
  Create("code", Spec(7));
  TrainAll();
  const auto figure = coordinator_->GetFigure({"web", "law_comparison", "", "", "", "code"});
  ASSERT_TRUE(figure.ok()) << figure.status();
  EXPECT_THAT(*figure, AllOf(HasSubstr("web"), HasSubstr("code"), HasSubstr("Exponent of")));
  EXPECT_EQ(coordinator_->GetFigure({"web", "law_comparison", "", "", "", ""}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::IsNotFound(
      coordinator_->GetFigure({"web", "law_comparison", "", "", "", "poetry"}).status()));
}

}  // namespace
}  // namespace ff::coordinator
