// ffctl on files of runs: no sweep, no coordinator. Words in, text and files out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/files.h"
#include "nlohmann/json.hpp"
#include "tests/client/command_line.h"
#include "tests/server/scaling/reference_data.h"

namespace ff::client {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;

// L = 1.8 + 400/N^0.34 + 1500/D^0.36 with noise of 0.2 %; 5 budgets of 7 sizes.
std::string PlantedCsv(unsigned seed, double a = 400) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, 0.002);
  std::string text = "run_id,params_n,tokens_d,flops_c,loss,half\n";
  for (int b = 0; b < 5; ++b) {
    for (int i = -3; i <= 3; ++i) {
      const double c = std::pow(10, 18 + 0.5 * b);
      const double g = std::pow(0.34 * a / (0.36 * 1500), 1 / 0.70);
      const double n = g * std::pow(c / 6, 0.36 / 0.70) * std::exp2(0.8 * i), d = c / (6 * n);
      const double loss =
          (1.8 + a / std::pow(n, 0.34) + 1500 / std::pow(d, 0.36)) * std::exp(noise(random));
      absl::StrAppend(&text, "b", b, "n", i + 3, ",", n, ",", d, ",", c, ",", loss, ",",
                      b < 3 ? "low" : "high", "\n");
    }
  }
  return text;
}

class AnalyzeFiles : public testing::Test {
 protected:
  AnalyzeFiles() { Write("runs.csv", PlantedCsv(1)); }

  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(line_.home / name, text).ok());
  }
  Ran Run(std::vector<std::string> words) {
    words.push_back("--resamples=100");
    return line_.Run(words);
  }
  json Json(std::vector<std::string> words) {
    words.insert(words.end(), {"-o", "json"});
    const Ran ran = Run(words);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return json::parse(ran.out, nullptr, false);
  }

  CommandLine line_;
};

TEST_F(AnalyzeFiles, OneObjectHoldsEverything) {
  const json object = Json({"analyze", "--results", "runs.csv", "--flops", "1e22"});
  ASSERT_TRUE(object.is_object());
  const json& surface = object["surface"];
  for (const char* name : {"e", "a", "b", "alpha", "beta"}) {
    EXPECT_TRUE(surface[name].is_number()) << name;
    EXPECT_EQ(surface["ci95"][name].size(), 2u) << name;
  }
  EXPECT_NEAR(surface["n_opt_exponent"], 0.36 / 0.70, 0.04);
  EXPECT_GT(surface["objective"], 0);
  EXPECT_FALSE(surface["influence"].empty());
  EXPECT_FALSE(surface["backtest"].empty());
  const json& isoflop = object["isoflop"];
  for (const char* law : {"n_opt", "d_opt", "l_opt"}) {
    EXPECT_TRUE(isoflop[law]["coefficient_k"].is_number());
    EXPECT_EQ(isoflop[law]["ci95"]["exponent_a"].size(), 2u);
  }
  ASSERT_EQ(isoflop["optima"].size(), 5u);
  for (const json& optimum : isoflop["optima"]) EXPECT_EQ(optimum["status"], "ok");
  EXPECT_TRUE(object["envelope"].is_null());
  EXPECT_THAT(object["notes"].dump(), HasSubstr("envelope: "));
  EXPECT_EQ(object["used_runs"], 35);
  EXPECT_EQ(object["excluded"], json::array());
  ASSERT_EQ(object["predictions"].size(), 2u);
  EXPECT_EQ(object["predictions"][1]["method"], "surface");
  EXPECT_EQ(object["predictions"][1]["ci95"]["tokens_per_param"].size(), 2u);
  EXPECT_GT(object["predictions"][1]["extrapolation"], 9);
  EXPECT_FALSE(std::filesystem::exists(line_.home / "outputs")) << "nothing is started or stored";
}

TEST_F(AnalyzeFiles, GroupsMethodsAndLossesAreChosen) {
  const json low = Json({"analyze", "--results", "runs.csv", "--group", "half=low", "--method",
                         "surface", "--loss", "lad", "--confidence", "0.9"});
  EXPECT_EQ(low["used_runs"], 21);
  EXPECT_TRUE(low["isoflop"].is_null());
  EXPECT_EQ(low["surface"]["loss"], "lad");
  EXPECT_EQ(low["surface"]["ci90"]["alpha"].size(), 2u);
  const json high = Json({"analyze", "--results", "runs.csv", "--group", "half=high"});
  EXPECT_TRUE(high["isoflop"].is_null()) << "two budgets";
  EXPECT_THAT(high["notes"].dump(), HasSubstr("isoflop: a law needs 3 budgets"));
  EXPECT_EQ(Json({"analyze", "--results", "runs.csv", "--isoflop", "akima"})["isoflop"]["method"],
            "akima");
  EXPECT_EQ(Json({"analyze", "--results", "runs.csv", "--law", "tied"})["surface"]["family"],
            "tied");
}

TEST_F(AnalyzeFiles, WhatIsLeftOutIsListed) {
  Write("bad.csv", PlantedCsv(1) + "n1,NaN,1,1,1,x\nn2,1e9,1e9,6e18,0,x\nb0n0,1e9,1e9,6e18,3,x\n");
  const json object = Json({"analyze", "--results", "bad.csv"});
  EXPECT_EQ(object["used_runs"], 35);
  ASSERT_EQ(object["excluded"].size(), 3u);
  for (const json& run : object["excluded"]) EXPECT_FALSE(run["reason"].empty());
  const Ran ran = Run({"analyze", "--results", "bad.csv"});
  EXPECT_THAT(ran.out, HasSubstr("35 of 38 runs used"));
  EXPECT_THAT(ran.out, HasSubstr("left out: n2: "));
}

struct BadRow {
  const char* row;
  const char* reason;
};

TEST_F(AnalyzeFiles, EachBadRunIsLeftOutWithItsReason) {
  for (const BadRow& bad :
       std::initializer_list<BadRow>{{"x,1e9,1e9,6e18,NaN,a", "loss is not a number"},
                                     {"x,1e9,1e9,6e18,,a", "loss is not a number"},
                                     {"x,1e9,1e9,6e18,inf,a", "loss is infinite"},
                                     {"x,1e9,1e9,6e18,0,a", "loss is zero"},
                                     {"x,1e9,1e9,6e18,-3,a", "loss is negative (-3)"},
                                     {"x,0,1e9,6e18,3,a", "params_n is zero"},
                                     {"x,-1e9,1e9,6e18,3,a", "params_n is negative"},
                                     {"x,1e9,nan,6e18,3,a", "tokens_d is not a number"},
                                     {"x,1e9,1e9,-inf,3,a", "flops_c is infinite"},
                                     {"b0n0,1e9,1e9,6e18,3,a", "b0n0"}}) {
    Write("bad.csv", absl::StrCat(PlantedCsv(1), bad.row, "\n"));
    const json object = Json({"analyze", "--results", "bad.csv", "--method", "surface"});
    EXPECT_EQ(object["used_runs"], 35) << bad.row;
    EXPECT_EQ(object["runs_read"], 36) << bad.row;
    ASSERT_EQ(object["excluded"].size(), 1u) << bad.row;
    EXPECT_THAT(object["excluded"][0].dump(), HasSubstr(bad.reason)) << bad.row;
    EXPECT_NEAR(object["surface"]["n_opt_exponent"], 0.36 / 0.70, 0.04) << "unharmed: " << bad.row;
  }
}

TEST_F(AnalyzeFiles, TooLittleForALawSaysWhatIsLacking) {
  const auto error = [&](const std::string& rows) {
    Write("few.csv", "run_id,params_n,tokens_d,flops_c,loss\n" + rows);
    const Ran ran = Run({"analyze", "--results", "few.csv", "-o", "json"});
    EXPECT_NE(ran.code, 0) << ran.out;
    return ran.err;
  };
  EXPECT_THAT(
      error("a,1e6,1e8,6e14,3\nb,2e6,5e7,6e14,3.1\n"),
      testing::AllOf(HasSubstr("a law needs 3 budgets"),
                     HasSubstr("a law of 5 parameters needs 6 usable runs or more; here are 2"),
                     HasSubstr("envelope: ")));
  EXPECT_THAT(error("a,1e6,1e8,6e14,NaN\n"), HasSubstr("none of the runs can be used"));
  EXPECT_THAT(error(""), HasSubstr("a header and no rows"));
}

TEST_F(AnalyzeFiles, OneBudgetAndOneSizeABudgetGiveNoProfiles) {
  std::string one_budget = "run_id,params_n,tokens_d,flops_c,loss\n", one_size = one_budget;
  for (int i = 0; i < 9; ++i) {
    const double n = 1e7 * std::exp2(i), c = 6e17, wide = 1e17 * std::pow(4, i);
    absl::StrAppend(&one_budget, i, ",", n, ",", c / 6 / n, ",", c, ",",
                    1.8 + 400 / std::pow(n, 0.34) + 1500 / std::pow(c / 6 / n, 0.36), "\n");
    absl::StrAppend(&one_size, i, ",1e8,", wide / 6e8, ",", wide, ",",
                    1.8 + 400 / std::pow(1e8, 0.34) + 1500 / std::pow(wide / 6e8, 0.36), "\n");
  }
  Write("one_budget.csv", one_budget);
  const json budget = Json({"analyze", "--results", "one_budget.csv"});
  EXPECT_TRUE(budget["isoflop"].is_null());
  EXPECT_THAT(budget["notes"].dump(), HasSubstr("a law needs 3 budgets with a usable optimum"));
  Write("one_size.csv", one_size);
  const json size = Json({"analyze", "--results", "one_size.csv"});
  EXPECT_TRUE(size["isoflop"].is_null());
  EXPECT_THAT(size["notes"].dump(), HasSubstr("a parabola needs 3 sizes, there are 1"));
  EXPECT_EQ(size["surface"]["identifiable"], false);
  EXPECT_THAT(size["surface"]["not_identifiable"].dump(), HasSubstr("one size"));
  EXPECT_THAT(size["warnings"].dump(), HasSubstr("one size")) << "no silent number";
}

TEST_F(AnalyzeFiles, WrongHeadersNameWhatIsMissingAndWhatThereIs) {
  Write("header.csv", "name,width,depth,score\na,1,2,3\n");
  const Ran ran = Run({"analyze", "--results", "header.csv"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err,
              HasSubstr("header.csv:1:1: no column for loss and two of params_n, tokens_d, "
                        "flops_c; the columns are: name, width, depth, score"));
  Write("short.csv", "params_n,tokens_d,loss\n1,2\n");
  EXPECT_THAT(Run({"analyze", "--results", "short.csv"}).err,
              HasSubstr("short.csv:2:1: the row has 2 fields, the header 3"));
  Write("text.csv", "params_n,tokens_d,loss\n1,2,low\n");
  EXPECT_THAT(Run({"analyze", "--results", "text.csv"}).err,
              HasSubstr("text.csv:2:5: 'low' in column loss is no number"));
}

TEST_F(AnalyzeFiles, AMinimumAtTheEdgeIsRefusedOrSaid) {
  std::string text = "run_id,params_n,tokens_d,flops_c,loss\n";
  for (int b = 0; b < 4; ++b) {
    for (int i = 0; i < 5; ++i) {
      const double c = std::pow(10, 18 + 0.5 * b), n = 0.05 * std::sqrt(c) * std::exp2(i - 2);
      // The best of the smallest budget lies at its largest size.
      const double best = b == 0 ? 1e9 : 0.05 * std::sqrt(c);
      const double loss = 3 - 0.1 * b + 0.01 * std::pow(std::log(n / best), 2);
      absl::StrAppend(&text, b, "-", i, ",", n, ",", c / 6 / n, ",", c, ",", loss, "\n");
    }
  }
  Write("edge.csv", text);
  const json refused = Json({"analyze", "--results", "edge.csv", "--method", "isoflop"});
  ASSERT_EQ(refused["isoflop"]["optima"].size(), 4u);
  EXPECT_EQ(refused["isoflop"]["optima"][0]["status"], "edge");
  EXPECT_TRUE(refused["isoflop"]["optima"][0]["params_n"].is_null());
  EXPECT_THAT(refused["isoflop"]["optima"][0]["reason"].dump(), HasSubstr("largest size"));
  EXPECT_EQ(refused["isoflop"]["optima"][1]["status"], "ok");
  const json kept =
      Json({"analyze", "--results", "edge.csv", "--method", "isoflop", "--isoflop", "empirical"});
  EXPECT_EQ(kept["isoflop"]["optima"][0]["status"], "edge");
  EXPECT_TRUE(kept["isoflop"]["optima"][0]["params_n"].is_number());
  EXPECT_THAT(kept["warnings"].dump(), HasSubstr("largest size"));
}

TEST_F(AnalyzeFiles, PeopleReadTables) {
  const Ran ran = Run({"analyze", "--results", "runs.csv"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  for (const char* words :
       {"35 of 35 runs used", "Best size of each budget", "Loss surface through all runs",
        "N_opt ~ C^", "Runs that move the surface's exponent most",
        "Surface without the largest budgets", "starts end at this optimum", "1000x"}) {
    EXPECT_THAT(ran.out, HasSubstr(words));
  }
}

TEST_F(AnalyzeFiles, ErrorsSayWhatToDo) {
  EXPECT_EQ(Run({"analyze", "--results", "none.csv"}).code, 3);
  Write("broken.csv", "run_id,params_n,tokens_d,loss\na,1,2PB,3\n");
  const Ran broken = Run({"analyze", "--results", "broken.csv"});
  EXPECT_EQ(broken.code, 2);
  EXPECT_THAT(broken.err, HasSubstr("broken.csv:2:5: '2PB' in column tokens_d is no number"));
  EXPECT_THAT(Run({"analyze", "--results", "runs.csv", "--group", "half=middle"}).err,
              HasSubstr("high"));
  EXPECT_EQ(Run({"analyze", "--results", "runs.csv", "--group", "half"}).code, 2);
  EXPECT_EQ(Run({"analyze", "--results", "runs.csv", "--loss", "sum"}).code, 2);
  EXPECT_EQ(Run({"analyze", "--results", "runs.csv", "--confidence", "2"}).code, 2);
  EXPECT_EQ(Run({"analyze", "--results", "runs.csv", "demo"}).code, 2);
  EXPECT_THAT(Run({"analyze", "--group", "half=low"}).err, HasSubstr("--group needs --results"));
  EXPECT_THAT(Run({"predict", "1e20", "--loss", "lad"}).err, HasSubstr("needs --results"));
}

// The planted runs as somebody else might have written them.
TEST_F(AnalyzeFiles, ColumnsOfOtherNamesAndUnits) {
  const json plain = Json({"analyze", "--results", "runs.csv"});
  std::string text = "name;Size (M);exaflops;ppl\n";
  const std::vector<std::string> lines = absl::StrSplit(PlantedCsv(1), '\n', absl::SkipEmpty());
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = absl::StrSplit(lines[i], ',');
    absl::StrAppend(&text, cells[0], ";", std::stod(cells[1]) / 1e6, ";",
                    std::stod(cells[3]) / 1e18, ";", std::exp(std::stod(cells[4])), "\n");
  }
  Write("theirs.csv", text);
  const Ran helpless = Run({"analyze", "--results", "theirs.csv"});
  EXPECT_EQ(helpless.code, 2);
  EXPECT_THAT(helpless.err, HasSubstr("if ppl is a perplexity: loss=ln(ppl)"));
  EXPECT_THAT(helpless.err, HasSubstr("next: say which column it is: --column loss=NAME"));
  const json theirs =
      Json({"analyze", "--results", "theirs.csv", "--column", "params_n=Size (M)*1e6", "--column",
            "flops_c=exaflops*1e18", "--column", "loss=ln(ppl)"});
  EXPECT_NEAR(theirs["surface"]["n_opt_exponent"].get<double>(),
              plain["surface"]["n_opt_exponent"].get<double>(), 1e-3);
  EXPECT_THAT(theirs["notes"].dump(), HasSubstr("N is column Size (M) times 1e+06"));
  const json silent = Json({"analyze", "--results", "theirs.csv", "--column", "params_n=Size (M)",
                            "--column", "flops_c=exaflops", "--column", "loss=ppl"});
  EXPECT_THAT(silent["warnings"].dump(), HasSubstr("is N in millions or billions?"));
  EXPECT_EQ(Run({"analyze", "--results", "runs.csv", "--column", "width=loss"}).code, 2);
  EXPECT_THAT(Run({"analyze", "--column", "loss=x"}).err, HasSubstr("--column needs --results"));
}

TEST_F(AnalyzeFiles, PredictAnswersByEveryApproach) {
  const Ran ran = Run({"predict", "1e22", "--results", "runs.csv"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("isoflop"));
  EXPECT_THAT(ran.out, HasSubstr("surface"));
  const json object = Json({"predict", "--flops", "1e20", "1e22", "--results", "runs.csv"});
  ASSERT_EQ(object["by_method"].size(), 2u);
  EXPECT_EQ(object["by_method"][0]["predictions"].size(), 2u);
  EXPECT_EQ(Run({"predict", "--results", "runs.csv"}).code, 2) << "for how much?";
}

TEST_F(AnalyzeFiles, TwoLawsSideBySide) {
  Write("other.csv", PlantedCsv(2, 800));
  Write("same.csv", PlantedCsv(3));
  const auto loss_row = [](const json& object) {
    for (const json& row : object["surface"]) {
      if (row["quantity"] == "loss_at_target") return row;
    }
    return json();
  };
  const json differ = Json({"analyze", "--compare", "runs.csv", "other.csv", "--flops", "1e20"});
  const json same = Json({"analyze", "--compare", "runs.csv", "same.csv", "--flops", "1e20"});
  ASSERT_TRUE(loss_row(differ).is_object()) << differ.dump();
  EXPECT_GT(loss_row(differ)["probability_differ"], 0.95);
  EXPECT_LT(loss_row(same)["probability_differ"], 0.95);
  EXPECT_EQ(differ["a"]["name"], "runs.csv");
  EXPECT_THAT(Run({"analyze", "--compare", "runs.csv", "other.csv"}).out, HasSubstr("P(DIFFER)"));
  EXPECT_EQ(Run({"analyze", "--compare", "runs.csv"}).code, 2);
  const json halves = Json({"analyze", "--compare", "runs.csv", "runs.csv", "--group-a", "half=low",
                            "--group-b", "half=high", "--method", "surface"});
  EXPECT_EQ(halves["a"]["used_runs"], 21);
  EXPECT_EQ(halves["b"]["used_runs"], 14);
}

TEST_F(AnalyzeFiles, SavesWhatTheConfigurationSays) {
  const Ran ran = Run({"analyze", "--results", "runs.csv", "--save", "law",
                       "output.generate_configs=true", "target_compute=1e16"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const json laws = json::parse(*ReadFile(line_.home / "law/scaling_laws.json"));
  for (const char* field : {"n_opt_fit", "d_opt_fit", "l_opt_fit"}) {
    EXPECT_TRUE(laws[field]["exponent_a"].is_number()) << field;
  }
  EXPECT_THAT(*ReadFile(line_.home / "law/isoflops.csv"), HasSubstr("\n1e+18,"));
  EXPECT_THAT(*ReadFile(line_.home / "law/next_planner.yaml"), HasSubstr("grid: centred"));
  const json model = json::parse(*ReadFile(line_.home / "law/optimal_model.json"));
  for (const char* field : {"d_model", "layers", "heads", "d_ff", "batch_size", "steps"}) {
    EXPECT_GT(model[field], 0) << field;
  }
  EXPECT_GT(model["learning_rate"], 0);
  EXPECT_NEAR(model["parameters"].get<double>() / model["predicted"]["params_n"].get<double>(), 1,
              0.25);
}

// The published optimum, through everything between the file and the JSON.
TEST_F(AnalyzeFiles, ThePublishedChinchillaRuns) {
  const std::string file = scaling::ReferenceFile("chinchilla_fig4.csv").string();
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is absent (FF_REFERENCE_DIR)";
  const json object = Json({"analyze", "--results", file, "--group", "besiroglu_excluded=0"});
  const json& surface = object["surface"];
  EXPECT_EQ(object["used_runs"], 240);
  EXPECT_NEAR(surface["objective"].get<double>() / 0.00101827401780, 1, 1e-6);
  EXPECT_NEAR(surface["a"], 477.826, 0.01);
  EXPECT_NEAR(surface["b"], 2143.417, 0.1);
  EXPECT_NEAR(surface["e"], 1.817218, 1e-5);
  EXPECT_NEAR(surface["alpha"], 0.3473105, 1e-6);
  EXPECT_NEAR(surface["beta"], 0.3671724, 1e-6);
  EXPECT_NEAR(surface["n_opt_exponent"], 0.51390, 1e-5);
  // 0.51456 on the nominal budgets; a budget's compute here is the mean of its runs'.
  EXPECT_NEAR(object["isoflop"]["n_opt"]["exponent_a"], 0.5112, 1e-3);
}

}  // namespace
}  // namespace ff::client
