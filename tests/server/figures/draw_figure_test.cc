// Every figure by its name from real fits, and what is said where something is missing.
#include "server/figures/draw_figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/scaling/law_diagnostics.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/run_screening.h"
#include "tests/server/figures/law_samples.h"

namespace ff::figures {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// Fitted once: a fit takes a good part of a second without optimization.
struct Fitted {
  RunTable runs = SampleRuns();
  std::vector<LossCurve> curves = SampleCurves();
  EnvelopeFit envelope = SampleEnvelope();
  LawFit law;
  std::vector<BacktestPoint> backtest;
  std::vector<scaling::RunPoint> points;
  Fit fit;

  Fitted() {
    LawOptions options;
    options.resamples = 200;
    law = *scaling::FitLaw(runs, options);
    const BudgetGroups groups = scaling::GroupBudgets(runs);
    options.resamples = 50;
    backtest = *scaling::LawBacktest(runs, groups, options, 1);
    points = scaling::RunPoints(runs, groups);
    AnalysisOptions profiles;
    profiles.method = "quadratic";
    profiles.resamples = 100;
    profiles.confidence = 0.95;
    fit = *scaling::AnalyzeIsoflop(points, profiles);
  }
  FigureInputs Inputs() const {
    FigureInputs inputs;
    inputs.fit = &fit;
    inputs.surface = &law;
    inputs.envelope = &envelope;
    inputs.backtest = backtest;
    inputs.points = points;
    inputs.runs = &runs;
    inputs.curves = curves;
    return inputs;
  }
};

const Fitted& Sample() {
  static const auto* const kFitted = new Fitted;
  return *kFitted;
}

std::string FirstText(const std::string& figure) {
  return json::parse(figure)["layout"]["annotations"][0]["text"];
}

TEST(DrawFigure, DrawsEveryNameFromAWholeAnalysis) {
  for (const FigureName& name : FigureNames()) {
    const auto figure = DrawFigure(name.name, Sample().Inputs(), Style::kDark);
    ASSERT_TRUE(figure.ok()) << figure.status();
    EXPECT_FALSE(json::parse(*figure)["data"].empty()) << name.name;
  }
}

TEST(DrawFigure, DrawsEveryNameFromNothing) {
  for (const FigureName& name : FigureNames()) {
    const auto figure = DrawFigure(name.name, {}, Style::kPaper);
    ASSERT_TRUE(figure.ok()) << figure.status();
    EXPECT_TRUE(json::parse(*figure)["data"].empty()) << name.name;
    EXPECT_FALSE(FirstText(*figure).empty()) << name.name;
  }
}

TEST(DrawFigure, SaysWhyThereIsNoLaw) {
  FigureInputs inputs = Sample().Inputs();
  inputs.surface = nullptr;
  inputs.why_no_law = "all runs have one size";
  EXPECT_EQ(FirstText(*DrawFigure("loss_surface", inputs, Style::kPaper)),
            "No law of single runs: all runs have one size");
  // A cloud is drawn of the law there is.
  EXPECT_FALSE(json::parse(*DrawFigure("bootstrap_cloud", inputs, Style::kPaper))["data"].empty());
}

TEST(DrawFigure, AnUnknownNameListsTheOthers) {
  const auto figure = DrawFigure("pie_chart", Sample().Inputs(), Style::kPaper);
  EXPECT_EQ(figure.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(figure.status().message(), HasSubstr("loss_surface"));
}

// The frontier drawn is the law's own optimum, and the residuals are those of the runs.
TEST(DrawFigure, FrontierLiesWhereTheLawSays) {
  const json figure = json::parse(*DrawFigure("loss_surface", Sample().Inputs(), Style::kPaper));
  for (const json& trace : figure["data"]) {
    if (trace.value("name", "") != "Efficient frontier") continue;
    const double c = trace["x"][10], n = trace["y"][10];
    EXPECT_NEAR(n / scaling::PredictLaw(Sample().law, c)->optimal_params, 1, 1e-9);
    return;
  }
  FAIL() << "no frontier";
}

TEST(DrawComparison, TwoSurfacesOrTwoIsoflopLaws) {
  const FigureInputs inputs = Sample().Inputs();
  const auto surfaces = DrawComparison("one", inputs, "two", inputs, 0, Style::kPaper);
  ASSERT_TRUE(surfaces.ok()) << surfaces.status();
  EXPECT_THAT(*surfaces, HasSubstr("Exponent of <i>N</i><sub>opt</sub>"));
  FigureInputs isoflop = inputs;
  isoflop.surface = nullptr;
  const auto fits = DrawComparison("one", isoflop, "two", inputs, 0, Style::kPaper);
  ASSERT_TRUE(fits.ok()) << fits.status();
  EXPECT_FALSE(json::parse(*fits)["data"].empty());
  EXPECT_EQ(DrawComparison("one", {}, "two", inputs, 0, Style::kPaper).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace ff::figures
