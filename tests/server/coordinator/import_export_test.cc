#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/coordinator/import_rows.h"
#include "tests/server/coordinator/fixture.h"

namespace ff::coordinator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string TestData(const std::string& name) {
  std::stringstream text;
  text << std::ifstream(absl::StrCat(FF_SOURCE_DIR, "/tests/server/coordinator/testdata/", name))
              .rdbuf();
  return text.str();
}

// Comparable although NaN is unequal to itself.
nlohmann::json Parsed(const std::string& text) { return nlohmann::json::parse(WithoutNaN(text)); }

class ImportExport : public CoordinatorTest {
 protected:
  std::string Exported(const std::string& format) {
    auto exported = coordinator_->ExportSweep("old", format);
    EXPECT_TRUE(exported.ok()) << exported.status();
    return exported.ok() ? exported->content : "";
  }
};

TEST_F(ImportExport, FlopsFitsFilesComeBackAsTheyWere) {
  const auto outcome =
      coordinator_->ImportSweep("old", TestData("sweep.json"), TestData("results.json"));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(outcome->warnings, IsEmpty());
  const Sweep& sweep = outcome->sweep;
  EXPECT_TRUE(sweep.imported);
  EXPECT_EQ(sweep.state, SweepState::kFinished);
  EXPECT_EQ(sweep.counts.finished, 3);
  EXPECT_EQ(sweep.counts.failed, 1);
  EXPECT_EQ(sweep.counts.cancelled, 2);
  EXPECT_EQ(sweep.budgets.size(), 2u);
  EXPECT_EQ(Parsed(Exported("sweep_json")), Parsed(TestData("sweep.json")));
  EXPECT_EQ(Parsed(Exported("results_json")), Parsed(TestData("results.json")));
  EXPECT_THAT(Exported("results_json"), HasSubstr("\"final_loss\": NaN"));
}

TEST_F(ImportExport, ResultsAloneSuffice) {
  const auto outcome = coordinator_->ImportSweep("old", "", TestData("results.json"));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->sweep.counts.Total(), 5);
  EXPECT_EQ(Parsed(Exported("results_json")), Parsed(TestData("results.json")));
}

TEST_F(ImportExport, ImportingTwiceChangesNothing) {
  const auto first = coordinator_->ImportSweep("old", TestData("sweep.json"), "");
  const auto second = coordinator_->ImportSweep("old", TestData("sweep.json"), "");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->sweep.id, first->sweep.id);
  EXPECT_THAT(second->warnings, ElementsAre(HasSubstr("imported before")));
}

TEST_F(ImportExport, NothingImportedIsEverTrained) {
  ASSERT_TRUE(
      coordinator_->ImportSweep("old", TestData("sweep.json"), TestData("results.json")).ok());
  EXPECT_TRUE(Call("w", 4).leases.empty());
  EXPECT_TRUE(absl::IsFailedPrecondition(coordinator_->RetryExperiment("old", "").status()));
}

TEST_F(ImportExport, BadRowsAreLeftOutWithAWarning) {
  const std::string rows = R"([
    {"experiment_id": "a", "compute_budget": 1e12, "model_size": 1e6, "num_tokens": 1e5},
    {"experiment_id": "a", "compute_budget": 1e12, "model_size": 2e6, "num_tokens": 1e5},
    {"experiment_id": "b", "compute_budget": 1e12, "model_size": -1, "num_tokens": 1e5},
    {"compute_budget": 1e12}, 7])";
  const auto outcome = coordinator_->ImportSweep("old", rows, "");
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->sweep.counts.Total(), 1);
  EXPECT_THAT(outcome->warnings, ElementsAre(HasSubstr("row 3 (b) has no positive model_size"),
                                             HasSubstr("row 4 has no experiment_id"),
                                             HasSubstr("row 5 is not"), HasSubstr("a twice")));
}

TEST_F(ImportExport, WhatCannotBeReadIsRefused) {
  for (const char* text : {"[1, 2", "{}", "[]", "[{}]"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(coordinator_->ImportSweep("x", text, "").status())) << text;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(coordinator_->ImportSweep("x", "", "").status()));
}

TEST(WithoutNaN, ReplacesOnlyWhatIsBare) {
  EXPECT_EQ(WithoutNaN(R"([NaN, -Infinity, Infinity, "NaN", "a\"NaN", 1])"),
            R"([null, null, null, "NaN", "a\"NaN", 1])");
}

TEST_F(ImportExport, ImportedResultsCanBeAnalysed) {
  std::vector<std::string> rows;
  for (const double budget : {1e15, 1e16, 1e17}) {
    for (int i = -3; i <= 3; ++i) {
      const double n = std::sqrt(budget / 120) * std::exp2(0.7 * i), d = budget / (6 * n);
      const double loss =
          1.69 + 400 / std::pow(n, 0.34) + 400 * std::pow(20, 0.34) / std::pow(d, 0.34);
      rows.push_back(absl::StrCat(
          "{\"experiment_id\": \"exp_", rows.size(), "\", \"compute_budget\": ", budget,
          ", \"model_size\": ", std::llround(n), ", \"num_tokens\": ", std::llround(d),
          ", \"final_loss\": ", loss, ", \"status\": \"completed\"}"));
    }
  }
  ASSERT_TRUE(
      coordinator_->ImportSweep("old", "", absl::StrCat("[", absl::StrJoin(rows, ","), "]")).ok());
  EXPECT_TRUE(absl::IsNotFound(coordinator_->ExportSweep("old", "scaling_laws_json").status()));
  AnalyzeOptions options;
  options.profiles.method = "quadratic";
  options.profiles.loss_kind = "validation";
  options.profiles.resamples = options.law.resamples = 20;
  const auto analysis = coordinator_->AnalyzeSweep("old", options);
  ASSERT_TRUE(analysis.ok()) << analysis.status();
  const Fit* const fit = &analysis->fit;
  EXPECT_NEAR(fit->n_opt.exponent_a, 0.5, 0.02);
  const nlohmann::json laws = Parsed(Exported("scaling_laws_json"));
  for (const char* name : {"n_opt_fit", "d_opt_fit", "l_opt_fit"}) {
    for (const char* field : {"name", "coefficient_k", "exponent_a", "r_squared", "formula"}) {
      EXPECT_TRUE(laws[name].contains(field)) << name << "." << field;
    }
    EXPECT_EQ(laws[name]["k_ci"].size(), 2u);
    EXPECT_EQ(laws[name]["a_ci"].size(), 2u);
  }
  EXPECT_EQ(laws["n_opt_fit"]["exponent_a"], fit->n_opt.exponent_a);
  EXPECT_EQ(laws["optimal_ratio"], fit->optimal_ratio);
  EXPECT_EQ(laws["optimal_points"].size(), 3u);
  EXPECT_EQ(laws["optimal_points"][0]["compute_budget"], 1e15);
}

TEST_F(ImportExport, CsvHasARowForEachFinishedExperiment) {
  Create("old", Spec(2));
  const Lease lease = Call("w", 1).leases[0];
  Call("w", 0, {Finished(lease)});
  const std::vector<std::string> lines = absl::StrSplit(Exported("csv"), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], ::testing::StartsWith("run_id,params_n,tokens_d,flops_c,loss,"));
  const std::vector<std::string> cells = absl::StrSplit(lines[1], ',');
  EXPECT_EQ(cells.size(), std::vector<std::string>(absl::StrSplit(lines[0], ',')).size());
  EXPECT_EQ(cells[0], lease.experiment_id);
  EXPECT_EQ(cells[1], absl::StrCat(lease.plan.parameters));
  EXPECT_EQ(std::stod(cells[4]), Finished(lease).result->final_val_loss);
  const absl::Status unknown = coordinator_->ExportSweep("old", "xlsx").status();
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("scaling_laws_json"));
}

TEST_F(ImportExport, OwnResultsAreExportedWithFlopsFitsFields) {
  Create("old", Spec(2));
  const WorkerOrders two = Call("w", 2);
  Call("w", 0, {Finished(two.leases[0]), Failed(two.leases[1], "diverged")});
  const nlohmann::json rows = Parsed(Exported("results_json"));
  ASSERT_EQ(rows.size(), 2u);
  for (const nlohmann::json& row : rows) {
    for (const char* field :
         {"experiment_id", "compute_budget", "model_size", "num_tokens", "final_loss",
          "actual_flops", "wall_time_seconds", "timestamp", "status", "error_message"}) {
      EXPECT_TRUE(row.contains(field)) << field;
    }
    const bool completed = row["status"] == "completed";
    EXPECT_EQ(row["final_loss"].is_number(), completed);
    EXPECT_EQ(row["error_message"].is_null(), completed);
  }
}

}  // namespace
}  // namespace ff::coordinator
