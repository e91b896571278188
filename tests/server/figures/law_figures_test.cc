// Figures of laws of single runs: what must be drawn is there, says what it is with units, and
// the caption has the formula and n. FF_FIGURES_DIR=FOLDER also writes each figure as JSON, to
// be looked at.
#include "server/figures/law_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_replace.h"
#include "tests/server/figures/law_samples.h"
#include "tests/server/scaling/planted_runs.h"

namespace ff::figures {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr std::pair<Style, const char*> kStyles[] = {
    {Style::kPaper, "paper"}, {Style::kNotebook, "notebook"}, {Style::kDark, "dark"}};

Fit SampleFit() {
  scaling::PlantedLaw law;
  law.noise_sd = 0.005;
  AnalysisOptions options = scaling::QuadraticOptions();
  options.resamples = 400;
  return *scaling::AnalyzeIsoflop(scaling::PlantedRuns(law), options);
}

// Every figure of this room, drawn from the samples.
std::vector<std::pair<std::string, std::string>> Gallery(Style style) {
  const RunTable runs = SampleRuns();
  const LawFit law = SampleLaw();
  const auto band = SampleBand();
  const EnvelopeFit envelope = SampleEnvelope();
  const Fit fit = SampleFit();
  scaling::PlantedLaw planted;
  planted.noise_sd = 0.005;
  const auto points = scaling::PlantedRuns(planted);
  const NamedLaw a = {"web text", "<i>L</i> = 1.82 + 478/<i>N</i><sup>0.347</sup>", band, 126};
  const NamedLaw b = {"code", "<i>L</i> = 1.71 + 390/<i>N</i><sup>0.341</sup>",
                      SampleBand(0.9, 0.497), 98};
  return {{"isoflop_curves", IsoflopCurves(points, &fit, style)},
          {"scaling_laws", ScalingLaws(fit, style)},
          {"tokens_per_param", TokensPerParam(fit, style)},
          {"law_bands", LawBands(law, band, nullptr, style)},
          {"loss_surface", SurfaceContours(SampleSurface(), runs, law, band, style)},
          {"residuals", ResidualPanels(runs, law, SampleResiduals(runs), style)},
          {"bootstrap_cloud", BootstrapCloud(law, style)},
          {"isoflop_bootstrap", BootstrapCloud(fit, style)},
          {"backtest", BacktestErrors(SampleBacktest(), law, style)},
          {"training_envelope", TrainingEnvelope(SampleCurves(), &envelope, style)},
          {"law_comparison", LawComparisonPanels(a, b, SampleDifferences(), 1e23, style)}};
}

std::vector<std::string> Texts(const json& annotations) {
  std::vector<std::string> texts;
  for (const json& one : annotations) texts.push_back(one["text"]);
  return texts;
}

std::string Caption(const json& figure) {
  for (const json& one : figure["layout"]["annotations"]) {
    if (one.value("name", "") != "caption") continue;
    // As read: a broken line and a space that must not break are spaces.
    return absl::StrReplaceAll(one["text"].get<std::string>(), {{"<br>", " "}, {"\u00a0", " "}});
  }
  return "";
}

std::vector<json> Named(const json& figure, const std::string& name) {
  std::vector<json> found;
  for (const json& trace : figure["data"]) {
    if (trace.value("name", "") == name) found.push_back(trace);
  }
  return found;
}

std::vector<std::string> AxisTitles(const json& figure) {
  std::vector<std::string> titles;
  for (const auto& [key, value] : figure["layout"].items()) {
    if (key.rfind("xaxis", 0) == 0 || key.rfind("yaxis", 0) == 0) {
      titles.push_back(value["title"]["text"]);
    }
  }
  return titles;
}

TEST(EveryFigure, HasNumbersTitledAxesAndACaptionWithN) {
  for (const auto& [style, word] : kStyles) {
    for (const auto& [name, text] : Gallery(style)) {
      SCOPED_TRACE(name + std::string(" ") + word);
      const json figure = json::parse(text);
      EXPECT_FALSE(figure["data"].empty());
      for (const json& trace : figure["data"]) {
        if (trace["type"] == "contour" || trace["x"].size() == 1) continue;
        EXPECT_EQ(trace["x"].size(), trace["y"].size());
        for (const json& value : trace["y"]) EXPECT_TRUE(value.is_number());
      }
      EXPECT_THAT(AxisTitles(figure), Each(Not("")));
      EXPECT_THAT(AxisTitles(figure).size() % 2, 0u);
      EXPECT_THAT(Caption(figure), HasSubstr("n = "));
      if (const char* folder = std::getenv("FF_FIGURES_DIR"); folder != nullptr) {
        std::ofstream(std::string(folder) + "/" + name + "." + word + ".json") << text;
      }
    }
  }
}

// What stands on an axis has a unit, or is a pure number.
TEST(EveryFigure, AxesHaveUnits) {
  const std::vector<std::string> units = {"FLOP", "parameters", "okens",     "nats",   "(%",
                                          "(sd)", "Exponent",   "Resamples", "compute"};
  for (const auto& [name, text] : Gallery(Style::kPaper)) {
    for (const std::string& title : AxisTitles(json::parse(text))) {
      const bool known = std::any_of(units.begin(), units.end(), [&](const std::string& unit) {
        return title.find(unit) != title.npos;
      });
      EXPECT_TRUE(known) << name << ": " << title;
    }
  }
}

size_t Breaks(const std::string& text) {
  size_t count = 0;
  for (size_t at = text.find("<br>"); at != text.npos; at = text.find("<br>", at + 1)) ++count;
  return count;
}

TEST(EveryFigure, CaptionHasRoomBelow) {
  for (const auto& [name, text] : Gallery(Style::kPaper)) {
    const json figure = json::parse(text);
    const std::string caption = figure["layout"]["annotations"].back()["text"];
    const size_t lines = 1 + Breaks(caption);
    EXPECT_GE(figure["layout"]["margin"]["b"].get<size_t>(), 60 + 15 * lines) << name;
  }
}

TEST(LawBands, HasThreePanelsAndTheOptimaOfBudgets) {
  const Fit fit = SampleFit();
  const json figure = json::parse(LawBands(SampleLaw(), SampleBand(), &fit, Style::kPaper));
  EXPECT_EQ(Named(figure, "Law of all runs").size(), 3u);
  EXPECT_EQ(Named(figure, "Optimum of a budget (IsoFLOP)").size(), 3u);
  EXPECT_THAT(Caption(figure),
              AllOf(HasSubstr("1.817"), HasSubstr("0.514 (0.482 to 0.546)"),
                    HasSubstr("n = 126 runs"), HasSubstr("1500 bootstrap resamples")));
}

TEST(LawBands, BandHoldsTheLine) {
  const json figure = json::parse(LawBands(SampleLaw(), SampleBand(), nullptr, Style::kPaper));
  const std::vector<json> band = Named(figure, "95 % bootstrap band");
  ASSERT_EQ(band.size(), 6u);
  const json line = Named(figure, "Law of all runs")[0];
  for (size_t i = 0; i < line["y"].size(); ++i) {
    EXPECT_LE(band[0]["y"][i].get<double>(), line["y"][i].get<double>());
    EXPECT_GE(band[1]["y"][i].get<double>(), line["y"][i].get<double>());
  }
}

TEST(SurfaceContours, LevelsAreLossesAboveTheFloor) {
  const json figure = json::parse(
      SurfaceContours(SampleSurface(), SampleRuns(), SampleLaw(), SampleBand(), Style::kPaper));
  const json contour = figure["data"][0];
  EXPECT_EQ(contour["type"], "contour");
  EXPECT_EQ(contour["z"].size(), contour["y"].size());
  EXPECT_EQ(contour["z"][0].size(), contour["x"].size());
  // The lower right corner, in ln(L - E): the floor is below E or at it.
  const double loss = LossOf(3e7, 3e18 / (6 * 3e7));
  EXPECT_NEAR(contour["z"][0][0].get<double>(), std::log(loss - kE), 1e-9);
  const json runs = Named(figure, "Run").at(0);
  EXPECT_EQ(runs["x"].size(), SampleRuns().size());
  EXPECT_THAT(runs["marker"]["colorbar"]["title"]["text"].get<std::string>(), HasSubstr("nats"));
  EXPECT_EQ(Named(figure, "Efficient frontier").size(), 1u);
}

TEST(SurfaceContours, CornersWithoutALossAreLeftBlank) {
  LossSurface surface = SampleSurface();
  surface.loss[0] = std::numeric_limits<double>::quiet_NaN();
  const json figure =
      json::parse(SurfaceContours(surface, SampleRuns(), SampleLaw(), SampleBand(), Style::kPaper));
  EXPECT_TRUE(figure["data"][0]["z"][0][0].is_null());
}

TEST(Residuals, HasFourPanelsAndMarksTheOutlier) {
  const RunTable runs = SampleRuns();
  const json figure =
      json::parse(ResidualPanels(runs, SampleLaw(), SampleResiduals(runs), Style::kPaper));
  EXPECT_THAT(AxisTitles(figure).size(), 8u);
  const std::vector<json> outliers = Named(figure, "Outlier");
  ASSERT_EQ(outliers.size(), 4u);
  ASSERT_EQ(outliers[0]["x"].size(), 1u);
  EXPECT_DOUBLE_EQ(outliers[0]["x"][0], runs.parameters[17]);
  EXPECT_EQ(Named(figure, "Run")[0]["x"].size() + 1, runs.size());
  EXPECT_EQ(Named(figure, "Trend").size(), 3u);
  EXPECT_THAT(Caption(figure), HasSubstr("1 outlier (used in the fit all the same): r17"));
  EXPECT_THAT(Texts(figure["layout"]["annotations"]), Contains(HasSubstr("skewness 0.90")));
}

TEST(BootstrapCloud, ShowsEveryDrawTheFitAndTheInterval) {
  const json figure = json::parse(BootstrapCloud(SampleLaw(), Style::kPaper));
  EXPECT_EQ(Named(figure, "Resample")[0]["x"].size(), 1500u);
  EXPECT_NEAR(Named(figure, "Fit")[0]["x"][0], kAlpha, 1e-12);
  EXPECT_NEAR(Named(figure, "Fit")[0]["y"][0], kBeta, 1e-12);
  double counted = 0;
  const json bars = Named(figure, "Resample").at(1)["y"];
  for (const json& bar : bars) counted += bar.get<double>();
  EXPECT_GT(counted, 0.99 * 1500);
}

TEST(BootstrapCloud, WithoutDrawsSaysSo) {
  LawFit fit = SampleLaw(0);
  const json figure = json::parse(BootstrapCloud(fit, Style::kPaper));
  EXPECT_THAT(Texts(figure["layout"]["annotations"]), Contains(HasSubstr("no bootstrap")));
}

TEST(BootstrapCloud, WorksForEveryFamily) {
  for (const LawFamily family : {LawFamily::kTied, LawFamily::kCompute, LawFamily::kGadre}) {
    LawFit fit = SampleLaw();
    fit.family = family;
    fit.parameters.resize(family == LawFamily::kCompute ? 3 : 4);
    fit.parameters[2].name = family == LawFamily::kCompute ? "a" : "b";
    if (family != LawFamily::kCompute) {
      fit.parameters[3].name = family == LawFamily::kTied ? "alpha" : "eta";
    }
    const json figure = json::parse(BootstrapCloud(fit, Style::kPaper));
    EXPECT_FALSE(figure["data"].empty());
    EXPECT_THAT(Caption(figure), HasSubstr("<i>L</i> = "));
  }
}

TEST(Backtest, ErrorsAreInPercentAgainstTheReach) {
  const json figure = json::parse(BacktestErrors(SampleBacktest(), SampleLaw(), Style::kPaper));
  const json mean = Named(figure, "Mean |error|").at(0);
  EXPECT_NEAR(mean["y"][0].get<double>(), 0.41, 1e-12);
  EXPECT_NEAR(mean["x"][2].get<double>(), 3e21 / 2.9e20, 1e-9);
  EXPECT_THAT(Texts(figure["layout"]["annotations"]), Contains("13 of 14"));
}

TEST(Backtest, ASplitThatCouldNotBeFittedIsNamed) {
  auto points = SampleBacktest();
  points[2].reason = "two budgets left";
  const json figure = json::parse(BacktestErrors(points, SampleLaw(), Style::kPaper));
  EXPECT_EQ(Named(figure, "Mean |error|").at(0)["x"].size(), 2u);
  EXPECT_THAT(Caption(figure), HasSubstr("Without the 3 largest: two budgets left"));
}

TEST(TrainingEnvelope, HasEveryCurveAndTheEnvelope) {
  const EnvelopeFit fit = SampleEnvelope();
  const json figure = json::parse(TrainingEnvelope(SampleCurves(), &fit, Style::kPaper));
  EXPECT_EQ(Named(figure, "Run").size(), 12u);
  EXPECT_EQ(Named(figure, "Envelope (lowest loss)").at(0)["x"].size(), 150u);
  EXPECT_THAT(Caption(figure), HasSubstr("a = 0.505 (0.480 to 0.530)"));
  EXPECT_THAT(Caption(figure), HasSubstr("n = 12 runs, 10 of them on the envelope"));
  const json alone = json::parse(TrainingEnvelope(SampleCurves(), nullptr, Style::kPaper));
  EXPECT_TRUE(Named(alone, "Envelope (lowest loss)").empty());
}

TEST(LawComparison, DrawsBothLawsAndSaysHowSureTheDifferenceIs) {
  const NamedLaw a = {"first", "f", SampleBand(), 10}, b = {"second", "g", SampleBand(2), 20};
  const json figure =
      json::parse(LawComparisonPanels(a, b, SampleDifferences(), 1e23, Style::kDark));
  for (const char* name : {"first", "second"}) {
    EXPECT_EQ(Named(figure, name).size(), 3u * 3u);
  }
  EXPECT_NE(Named(figure, "first")[2]["line"]["color"],
            Named(figure, "second")[2]["line"]["color"]);
  EXPECT_NE(Named(figure, "first")[2]["line"]["dash"], Named(figure, "second")[2]["line"]["dash"]);
  EXPECT_THAT(Caption(figure), HasSubstr("they differ with probability 0.998"));
  EXPECT_THAT(Caption(figure), HasSubstr("Loss at 10<sup>23</sup> FLOP"));
}

TEST(EmptyFigures, SayWhy) {
  const LawFit none;
  const RunTable no_runs;
  for (const std::string& figure :
       {LawBands(none, {}, nullptr, Style::kPaper),
        SurfaceContours({}, no_runs, none, {}, Style::kPaper),
        ResidualPanels(no_runs, none, {}, Style::kPaper), BootstrapCloud(none, Style::kPaper),
        BootstrapCloud(Fit{}, Style::kPaper), BacktestErrors({}, none, Style::kPaper),
        TrainingEnvelope({}, nullptr, Style::kPaper),
        LawComparisonPanels({}, {}, {}, 0, Style::kPaper)}) {
    const json parsed = json::parse(figure);
    EXPECT_TRUE(parsed["data"].empty());
    EXPECT_FALSE(parsed["layout"]["annotations"][0]["text"].get<std::string>().empty());
  }
}

}  // namespace
}  // namespace ff::figures
