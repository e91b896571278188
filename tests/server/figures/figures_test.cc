// The figures' JSON: what must be drawn is there, says what it is, and holds real numbers.
#include "server/figures/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/server/scaling/planted_runs.h"

namespace ff::figures {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr Style kStyles[] = {Style::kPaper, Style::kNotebook, Style::kDark};

std::vector<scaling::RunPoint> Runs() {
  scaling::PlantedLaw law;
  law.noise_sd = 0.005;
  return scaling::PlantedRuns(law);
}

Fit FitOf(const std::vector<scaling::RunPoint>& runs) {
  AnalysisOptions options = scaling::QuadraticOptions();
  options.resamples = 200;
  return *scaling::AnalyzeIsoflop(runs, options);
}

std::vector<json> Named(const json& figure, const std::string& name) {
  std::vector<json> found;
  for (const json& trace : figure["data"]) {
    if (trace.value("name", "") == name) found.push_back(trace);
  }
  return found;
}

std::set<std::string> Names(const json& figure) {
  std::set<std::string> names;
  for (const json& trace : figure["data"]) names.insert(trace.value("name", ""));
  return names;
}

// Every x and y is a finite number (NaN would come out as null), and as many of one as of
// the other; an entry for the legend alone may be empty.
void ExpectSound(const json& figure) {
  ASSERT_TRUE(figure.contains("data") && figure.contains("layout"));
  for (const json& trace : figure["data"]) {
    ASSERT_EQ(trace["x"].size(), trace["y"].size());
    for (const char* axis : {"x", "y"}) {
      for (const json& value : trace[axis]) {
        EXPECT_TRUE(value.is_number() || trace["x"].size() == 1) << trace.dump();
      }
    }
  }
}

TEST(IsoflopCurves, HasRunsCurveAndOptimumOfEachBudget) {
  const auto runs = Runs();
  const Fit fit = FitOf(runs);
  for (const Style style : kStyles) {
    const json figure = json::parse(IsoflopCurves(runs, &fit, style));
    ExpectSound(figure);
    EXPECT_THAT(Names(figure), IsSupersetOf({"1.0e12 FLOP", "1.6e13 FLOP", "Optimum"}));
    EXPECT_EQ(figure["data"].size(), 6u + 6u + 1u);
    const json optimum = Named(figure, "Optimum").at(0);
    EXPECT_EQ(optimum["x"].size(), 6u);
    EXPECT_EQ(optimum["marker"]["symbol"], "star");
    EXPECT_DOUBLE_EQ(optimum["x"][2], fit.optimal_points[2].model_size);
    EXPECT_EQ(figure["layout"]["xaxis"]["type"], "log");
    EXPECT_THAT(figure["layout"]["xaxis"]["title"]["text"], HasSubstr("parameters"));
    EXPECT_THAT(figure["layout"]["yaxis"]["title"]["text"], HasSubstr("nats per token"));
  }
}

TEST(IsoflopCurves, ParabolaTouchesTheOptimum) {
  const auto runs = Runs();
  const Fit fit = FitOf(runs);
  const json figure = json::parse(IsoflopCurves(runs, &fit, Style::kPaper));
  double lowest = INFINITY;
  for (const double y : figure["data"][0]["y"]) lowest = std::min(lowest, y);
  EXPECT_NEAR(lowest, fit.optimal_points[0].final_loss, 1e-3);
}

TEST(IsoflopCurves, ALeftOutBudgetIsHollowAndSaysSo) {
  auto runs = Runs();
  std::erase_if(runs, [](const scaling::RunPoint& run) {
    return run.budget_index == 2 && run.parameters > 0.09 * std::sqrt(run.compute_budget);
  });
  const Fit fit = FitOf(runs);
  const json figure = json::parse(IsoflopCurves(runs, &fit, Style::kPaper));
  const std::vector<json> left_out = Named(figure, "1.6e13 FLOP (left out)");
  ASSERT_EQ(left_out.size(), 1u);
  EXPECT_EQ(left_out[0]["marker"]["symbol"], "circle-open");
  EXPECT_EQ(Named(figure, "Optimum").at(0)["x"].size(), 5u);
}

TEST(IsoflopCurves, WithoutFitOnlyRunsAreDrawn) {
  auto runs = Runs();
  runs[0].loss = NAN;
  const json figure = json::parse(IsoflopCurves(runs, nullptr, Style::kPaper));
  ExpectSound(figure);
  EXPECT_TRUE(Named(figure, "Optimum").empty());
  EXPECT_EQ(Named(figure, "1.0e12 FLOP").at(0)["x"].size(), 7u);
}

TEST(IsoflopCurves, HoverTellsTheRun) {
  const json figure = json::parse(IsoflopCurves(Runs(), nullptr, Style::kPaper));
  const std::string text = Named(figure, "1.0e12 FLOP").at(0)["text"][0];
  EXPECT_THAT(text, AllOf(HasSubstr("1.0e12 FLOP"), HasSubstr("parameters"), HasSubstr("tokens"),
                          HasSubstr("loss"), HasSubstr("experiment e0_0")));
}

TEST(IsoflopCurves, BudgetsHaveColoursOfTheirOwn) {
  const json figure = json::parse(IsoflopCurves(Runs(), nullptr, Style::kPaper));
  std::set<std::string> colours;
  for (const json& trace : figure["data"]) {
    if (trace["mode"] == "markers") colours.insert(trace["marker"]["color"]);
  }
  EXPECT_EQ(colours.size(), 6u);
}

TEST(ScalingLaws, HasThreePanelsWithPointsLineBandAndFormula) {
  const Fit fit = FitOf(Runs());
  for (const Style style : kStyles) {
    const json figure = json::parse(ScalingLaws(fit, style));
    ExpectSound(figure);
    for (const char* name : {"Power law", "Optimum of a budget", "95 % bootstrap band"}) {
      EXPECT_EQ(Named(figure, name).size(), 3u) << name;
    }
    for (const char* axis : {"xaxis", "xaxis2", "xaxis3", "yaxis", "yaxis2", "yaxis3"}) {
      EXPECT_EQ(figure["layout"][axis]["type"], "log");
    }
    ASSERT_EQ(figure["layout"]["annotations"].size(), 4u);  // and the caption
    const std::string formula = figure["layout"]["annotations"][0]["text"];
    EXPECT_THAT(formula, AllOf(HasSubstr("N</i><sub>opt</sub> = "), HasSubstr("exponent 0."),
                               HasSubstr("\u00b2 = 0.9")));
  }
}

TEST(ScalingLaws, LegendNamesEachThingOnce) {
  const json figure = json::parse(ScalingLaws(FitOf(Runs()), Style::kPaper));
  int shown = 0;
  for (const json& trace : figure["data"]) shown += trace.value("showlegend", true);
  EXPECT_EQ(shown, 3);
}

TEST(ScalingLaws, BandHoldsTheLine) {
  const json figure = json::parse(ScalingLaws(FitOf(Runs()), Style::kPaper));
  const json lower = figure["data"][0], upper = figure["data"][1], line = figure["data"][2];
  ASSERT_EQ(upper["fill"], "tonexty");
  for (size_t i = 0; i < line["y"].size(); ++i) {
    EXPECT_LE(lower["y"][i].get<double>(), line["y"][i].get<double>());
    EXPECT_GE(upper["y"][i].get<double>(), line["y"][i].get<double>());
  }
}

TEST(ScalingLaws, WithoutDrawsThereIsNoBand) {
  AnalysisOptions options = scaling::QuadraticOptions();
  const json figure =
      json::parse(ScalingLaws(*scaling::AnalyzeIsoflop(Runs(), options), Style::kPaper));
  ExpectSound(figure);
  EXPECT_THAT(Names(figure), Not(Contains(HasSubstr("band"))));
  EXPECT_THAT(figure["layout"]["annotations"][0]["text"].get<std::string>(),
              Not(HasSubstr("exponent")));
}

TEST(TokensPerParam, HasMedianAndTheReferenceAtTwenty) {
  const Fit fit = FitOf(Runs());
  const json figure = json::parse(TokensPerParam(fit, Style::kPaper));
  ExpectSound(figure);
  EXPECT_EQ(Named(figure, "Reference: 20").at(0)["y"], json({20.0, 20.0}));
  const json points = Named(figure, "Optimum of a budget").at(0);
  EXPECT_DOUBLE_EQ(points["y"][1],
                   fit.optimal_points[1].num_tokens / fit.optimal_points[1].model_size);
  bool median = false;
  for (const std::string& name : Names(figure)) median |= name.starts_with("Median: ");
  EXPECT_TRUE(median);
}

LossCurve CurveOf(const std::string& id, double budget, int points) {
  LossCurve curve{id, budget, 1e5, {}};
  for (int i = 0; i < points; ++i) {
    Measurement m;
    m.kind = "train";
    m.step = i;
    m.tokens = i * 100;
    m.flops = i * 1e9;
    m.seconds = i * 0.1;
    m.loss = 5.0 - 0.001 * i;
    curve.measurements.push_back(m);
  }
  Measurement held_out = curve.measurements.back();
  held_out.kind = "eval";
  held_out.loss = 2.5;
  curve.measurements.push_back(held_out);
  return curve;
}

TEST(LossCurves, LinesForTrainingMarkersForHeldOut) {
  const std::vector<LossCurve> curves = {CurveOf("a", 1e12, 50), CurveOf("b", 1e12, 50),
                                         CurveOf("c", 1e13, 50)};
  const json figure = json::parse(LossCurves(curves, XAxis::kTokens, Style::kNotebook));
  int lines = 0, markers = 0, in_legend = 0;
  for (const json& trace : figure["data"]) {
    lines += trace["mode"] == "lines";
    markers += trace["mode"] == "markers" && trace["x"][0].is_number();
    in_legend += trace.value("showlegend", true);
  }
  EXPECT_EQ(lines, 3);
  EXPECT_EQ(markers, 3);
  EXPECT_EQ(in_legend, 3);  // two budgets and "Held-out loss"
  EXPECT_THAT(figure["layout"]["xaxis"]["title"]["text"], HasSubstr("Tokens"));
  EXPECT_THAT(figure["layout"]["annotations"].back()["text"].get<std::string>(),
              HasSubstr("3 runs at 2 compute budgets"));
}

TEST(LossCurves, AxisFollowsTheWord) {
  const std::vector<LossCurve> curves = {CurveOf("a", 1e12, 10)};
  const std::pair<XAxis, double> last[] = {
      {XAxis::kStep, 9}, {XAxis::kTokens, 900}, {XAxis::kFlops, 9e9}, {XAxis::kSeconds, 0.9}};
  for (const auto& [axis, x] : last) {
    const json figure = json::parse(LossCurves(curves, axis, Style::kPaper));
    EXPECT_DOUBLE_EQ(figure["data"][0]["x"].back(), x);
    EXPECT_FALSE(figure["layout"]["xaxis"].contains("type"));  // one run: linear
  }
}

TEST(LossCurves, LongCurvesAreThinnedAndKeepTheirEnd) {
  const std::vector<LossCurve> curves = {CurveOf("a", 1e12, 10000)};
  const json figure = json::parse(LossCurves(curves, XAxis::kStep, Style::kPaper));
  EXPECT_LE(figure["data"][0]["x"].size(), 400u);
  EXPECT_EQ(figure["data"][0]["x"].back(), 9999);
}

TEST(LossCurves, DivergedPointsAreLeftOut) {
  std::vector<LossCurve> curves = {CurveOf("a", 1e12, 10)};
  curves[0].measurements[4].loss = NAN;
  const json figure = json::parse(LossCurves(curves, XAxis::kStep, Style::kPaper));
  EXPECT_EQ(figure["data"][0]["x"].size(), 9u);
  ExpectSound(figure);
}

TEST(EmptyFigures, SayWhy) {
  const auto text = [](const std::string& figure) {
    return json::parse(figure)["layout"]["annotations"][0]["text"].get<std::string>();
  };
  EXPECT_EQ(text(IsoflopCurves({}, nullptr, Style::kPaper)), "No finished experiments yet");
  EXPECT_EQ(text(ScalingLaws(Fit{}, Style::kPaper)), "No law fitted yet");
  EXPECT_EQ(text(TokensPerParam(Fit{}, Style::kPaper)), "No law fitted yet");
  EXPECT_EQ(text(LossCurves({}, XAxis::kStep, Style::kPaper)), "No measurements yet");
}

// A dark figure without a ground of its own was light on white in every viewer of images.
TEST(Styles, DarkIsDarkAndPaperIsWhite) {
  const json dark = json::parse(ScalingLaws(FitOf(Runs()), Style::kDark));
  const json paper = json::parse(ScalingLaws(FitOf(Runs()), Style::kPaper));
  EXPECT_EQ(dark["layout"]["paper_bgcolor"], "#161b23");
  EXPECT_EQ(dark["layout"]["plot_bgcolor"], "#161b23");
  EXPECT_EQ(paper["layout"]["paper_bgcolor"], "#ffffff");
  EXPECT_THAT(paper["layout"]["font"]["family"].get<std::string>(), HasSubstr("sans-serif"));
}

}  // namespace
}  // namespace ff::figures
