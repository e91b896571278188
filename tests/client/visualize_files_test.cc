// ffctl visualize on files of runs: every figure without a coordinator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "client/files.h"
#include "nlohmann/json.hpp"
#include "tests/client/command_line.h"

namespace ff::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

double Loss(double n, double d) { return 1.8 + 400 / std::pow(n, 0.34) + 1500 / std::pow(d, 0.36); }

// 4 budgets of 7 sizes; with `points` above 1 as training curves.
std::string PlantedCsv(int points = 1) {
  std::string text =
      absl::StrCat("run_id,params_n,tokens_d,loss,corpus", points > 1 ? ",step" : "", "\n");
  for (int b = 0; b < 4; ++b) {
    for (int i = -3; i <= 3; ++i) {
      const double c = std::pow(10, 18 + 0.5 * b);
      const double n = 0.09 * std::pow(c, 0.5) * std::exp2(0.8 * i), d = c / (6 * n);
      for (int p = 1; p <= points; ++p) {
        const double seen = d * p / points;
        absl::StrAppend(&text, "b", b, "n", i + 3, ",", n, ",", seen, ",", Loss(n, seen), ",web");
        absl::StrAppend(&text, points > 1 ? absl::StrCat(",", p) : "", "\n");
      }
    }
  }
  return text;
}

class VisualizeFiles : public testing::Test {
 protected:
  VisualizeFiles() {
    Write("runs.csv", PlantedCsv());
    Write("curves.csv", PlantedCsv(40));
  }
  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(line_.home / name, text).ok());
  }
  Ran Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"visualize", "--resamples=50", "plots.formats=[json,csv]"});
    return line_.Run(words);
  }
  std::string Read(const std::string& file) {
    const auto text = ReadFile(line_.home / ("outputs/plots/" + file));
    EXPECT_TRUE(text.ok()) << text.status();
    return text.value_or("");
  }
  bool Exists(const std::string& file) {
    return std::filesystem::exists(line_.home / ("outputs/plots/" + file));
  }

  CommandLine line_;
};

constexpr const char* kOfRuns[] = {"isoflops_curves", "scaling_laws", "tokens_per_param",
                                   "law_bands",       "loss_surface", "residuals",
                                   "bootstrap_cloud", "backtest"};

TEST_F(VisualizeFiles, EveryFigureThatTheRunsGiveIsDrawn) {
  const Ran ran = Run({"--results", "runs.csv"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const std::string name : kOfRuns) {
    const auto figure = nlohmann::json::parse(Read(name + ".json"), nullptr, false);
    ASSERT_TRUE(figure.is_object()) << name;
    EXPECT_FALSE(figure["data"].empty()) << name;
    EXPECT_THAT(Read(name + ".csv"), HasSubstr("trace,x,y,z,")) << name;
  }
  EXPECT_THAT(ran.err, HasSubstr("Loss curves: not drawn, the file has no training curves"));
  EXPECT_FALSE(Exists("loss_curves.json"));
  EXPECT_FALSE(Exists("isoflops_curves.html")) << "not asked for";
  EXPECT_FALSE(std::filesystem::exists(line_.home / "outputs/state")) << "no coordinator";
}

TEST_F(VisualizeFiles, CurvesGiveTheirEnvelope) {
  const Ran ran = Run({"--results", "curves.csv"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(Read("training_envelope.json"), HasSubstr("nvelope"));
  const auto curves = nlohmann::json::parse(Read("loss_curves.json"), nullptr, false);
  EXPECT_GE(curves["data"].size(), 28u);
  const Ran analyzed =
      line_.Run({"analyze", "--results", "curves.csv", "--resamples=50", "-o", "json"});
  const auto object = nlohmann::json::parse(analyzed.out, nullptr, false);
  ASSERT_TRUE(object["envelope"].is_object()) << analyzed.err;
  EXPECT_NEAR(object["envelope"]["n_opt"]["exponent_a"], 0.36 / 0.70, 0.06);
  EXPECT_EQ(object["used_runs"], 28);
}

TEST_F(VisualizeFiles, HtmlIsCompleteInItself) {
  const Ran ran = line_.Run({"visualize", "--results", "runs.csv", "--resamples=0",
                             "plots.formats=[html]", "plots.style=dark", "--method", "isoflop"});
  if (ran.err.find("plotly") != std::string::npos) GTEST_SKIP() << "plotly.js is not built here";
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(Read("isoflops_curves.html"), HasSubstr("<html"));
  EXPECT_THAT(ran.err, HasSubstr("Residuals: not drawn, there is no law of single runs"));
}

TEST_F(VisualizeFiles, SelectionAndOptionsAreThoseOfAnalyze) {
  EXPECT_EQ(Run({"--results", "runs.csv", "--group", "corpus=web", "--isoflop", "akima"}).code, 0);
  EXPECT_THAT(Read("isoflops_curves.json"), HasSubstr("Akima"));
  EXPECT_THAT(Run({"--results", "runs.csv", "--group", "corpus=code"}).err, HasSubstr("code"));
  EXPECT_EQ(Run({"--results", "none.csv"}).code, 3);
}

TEST_F(VisualizeFiles, TwoFilesStandSideBySide) {
  Write("other.csv", PlantedCsv());
  const Ran ran = Run({"--results", "runs.csv", "--compare", "other.csv"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(Read("law_comparison.json"), HasSubstr("other.csv"));
  EXPECT_FALSE(Exists("isoflops_curves.json"));
}

TEST_F(VisualizeFiles, WhatIsAboutFilesNeedsOne) {
  const Ran group = line_.Run({"visualize", "--group", "a=b"});
  EXPECT_EQ(group.code, 2);
  EXPECT_THAT(group.err, HasSubstr("--group needs --results"));
  EXPECT_EQ(line_.Run({"visualize", "web", "--results", "runs.csv"}).code, 2);
}

}  // namespace
}  // namespace ff::client
