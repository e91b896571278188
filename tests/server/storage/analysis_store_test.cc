// Analyses beside their fits: what comes back, and databases from before there were any.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cmath>

#include "server/storage/schema.h"
#include "server/storage/sqlite/analysis_json.h"
#include "server/storage/sqlite/json_text.h"
#include "server/storage/sqlite/migrate.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/server/storage/samples.h"

namespace ff::storage {
namespace {

Analysis Sample() {
  Analysis a;
  a.fit.id = "f1", a.fit.sweep_id = "s", a.fit.method = "akima", a.fit.draws = {1.0 / 3};
  LawFit& law = a.surface.emplace();
  law.family = LawFamily::kKaplan, law.loss = LossFunction::kSquares;
  law.parameters = {{"alpha", 0.1 + 0.2, 1e-17, {0.25, 1.0 / 3}}};
  law.objective = 5e-324, law.n_opt_exponent = std::nan("");
  law.search = {4500, 12, 3, 0.5, std::nan(""), false, 7};
  law.identifiable = false, law.not_identifiable = "all runs have one size";
  law.draws = {1.0 / 3, -0.0, 1e300};
  EnvelopeFit& envelope = a.envelope.emplace();
  envelope.points = {{1, 2, 3, 4, 5}};
  envelope.draws = {6};
  a.residuals.outliers = {{"r1", "7 sd above"}};
  a.residuals.trends = {{"ln N", 0.5, 4}};
  a.influence = {{"r2", {0, 0.5, 2, {1, 2}, true}}};
  a.backtest = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "why"}};
  a.runs_read = 9, a.used_runs = 8;
  a.excluded = {{"r3", "loss is NaN"}};
  a.notes = {"n"};
  return a;
}

TEST(AnalysisJson, EveryFieldComesBackExactly) {
  const std::string text = AnalysisToJson(Sample());
  const auto back = AnalysisFromJson(text);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(AnalysisToJson(*back), text);
  ASSERT_TRUE(back->surface.has_value());
  EXPECT_EQ(back->surface->family, LawFamily::kKaplan);
  EXPECT_EQ(back->surface->loss, LossFunction::kSquares);
  EXPECT_EQ(back->surface->parameters[0].value, 0.1 + 0.2);
  EXPECT_EQ(back->surface->objective, 5e-324);
  EXPECT_TRUE(std::isnan(back->surface->n_opt_exponent));
  EXPECT_EQ(back->surface->draws, Sample().surface->draws);
  EXPECT_EQ(back->envelope->points[0].run, 5);
  EXPECT_EQ(back->influence[0].influence.parameters[1], 2);
  EXPECT_EQ(back->backtest[0].reason, "why");
  EXPECT_EQ(back->excluded[0].reason, "loss is NaN");
}

TEST(AnalysisJson, AnApproachThatIsNotThereStaysAbsent) {
  const auto back = AnalysisFromJson(AnalysisToJson(Analysis()));
  ASSERT_TRUE(back.ok());
  EXPECT_FALSE(back->surface.has_value());
  EXPECT_FALSE(back->envelope.has_value());
  EXPECT_TRUE(absl::IsDataLoss(AnalysisFromJson("{\"notes\": 7}").status()));
}

absl::StatusOr<Analysis> Newest(Store& store) {
  absl::StatusOr<Analysis> analysis = absl::UnknownError("not read");
  const absl::Status status = store.Read([&](View& view) {
    analysis = view.GetNewestAnalysis("s");
    return analysis.status();
  });
  return status.ok() ? analysis : status;
}

TEST(AnalysisStore, TheNewestComesBackWithItsFit) {
  TempDir dir;
  auto store = OpenSqliteStore(dir.File("ff.db"), {});
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE(
      (*store)->Write([](Transaction& tx) { return tx.AddSweep(SampleSweep("s"), "x"); }).ok());
  EXPECT_TRUE(absl::IsNotFound(Newest(**store).status()));
  for (const char* id : {"f1", "f2"}) {
    Analysis analysis = Sample();
    analysis.fit.id = id;
    ASSERT_TRUE((*store)->Write([&](Transaction& tx) { return tx.AddAnalysis(analysis); }).ok());
  }
  const auto got = Newest(**store);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->fit.id, "f2");
  EXPECT_EQ(got->fit.draws, Sample().fit.draws);
  EXPECT_EQ(got->surface->draws, Sample().surface->draws);
  EXPECT_EQ(got->used_runs, 8);
}

// A sweep that goes on gets a new law with every few results: only the last of them is kept.
TEST(AnalysisStore, ALiveFitGivesWayToTheNext) {
  TempDir dir;
  auto store = OpenSqliteStore(dir.File("ff.db"), {});
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE(
      (*store)->Write([](Transaction& tx) { return tx.AddSweep(SampleSweep("s"), "x"); }).ok());
  const auto add = [&](const char* id, bool live) {
    Analysis analysis = Sample();
    analysis.fit.id = id;
    analysis.fit.live = live;
    ASSERT_TRUE((*store)->Write([&](Transaction& tx) { return tx.AddAnalysis(analysis); }).ok());
  };
  add("asked for", false), add("live1", true), add("live2", true);
  EXPECT_EQ(Newest(**store)->fit.id, "live2");
  EXPECT_TRUE(Newest(**store)->fit.live);
  store->reset();
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(dir.File("ff.db").c_str(), &db), SQLITE_OK);
  std::string ids;
  sqlite3_exec(
      db, "SELECT id FROM fits ORDER BY key",
      [](void* all, int, char** values, char**) {
        *static_cast<std::string*>(all) += std::string(values[0]) + ";";
        return 0;
      },
      &ids, nullptr);
  sqlite3_close(db);
  EXPECT_EQ(ids, "asked for;live2;");
}

TEST(AnalysisStore, AMarkGoesUnlessAnotherHasCome) {
  TempDir dir;
  auto store = OpenSqliteStore(dir.File("ff.db"), {});
  ASSERT_TRUE(store.ok()) << store.status();
  std::vector<FitDue> due;
  bool is_due = false;
  const auto look = [&] {
    ASSERT_TRUE((*store)
                    ->Read([&](View& view) {
                      due = *view.ListFitsDue();
                      is_due = *view.IsFitDue("s");
                      return absl::OkStatus();
                    })
                    .ok());
  };
  const auto write = [&](auto change) { ASSERT_EQ((*store)->Write(change), absl::OkStatus()); };
  write([](Transaction& tx) { return tx.AddSweep(SampleSweep("s"), "x"); });
  look();
  EXPECT_TRUE(due.empty());
  EXPECT_FALSE(is_due);
  write([](Transaction& tx) { return tx.MarkFitDue("s"); });
  look();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].sweep_id, "s");
  const int64_t marks = due[0].marks;
  write([](Transaction& tx) { return tx.MarkFitDue("s"); });
  write([&](Transaction& tx) { return tx.ClearFitDue("s", marks); });
  look();
  EXPECT_TRUE(is_due) << "a result came while the law was being estimated";
  write([&](Transaction& tx) { return tx.ClearFitDue("s", due[0].marks); });
  look();
  EXPECT_FALSE(is_due);
  EXPECT_TRUE(
      absl::IsNotFound((*store)->Write([](Transaction& tx) { return tx.MarkFitDue("nobody"); })));
}

TEST(AnalysisStore, ASweepKeepsHowItIsToBeAnalysed) {
  TempDir dir;
  auto store = OpenSqliteStore(dir.File("ff.db"), {});
  ASSERT_TRUE(store.ok()) << store.status();
  AnalyzeOptions options;
  options.envelope = false, options.influence = false;
  options.profiles = {"akima", 0.5, true, true, "training", 77, 0.8, 1234567890123, true, 0.4, 0.1};
  options.law.family = LawFamily::kGadre, options.law.loss = LossFunction::kSquares;
  options.law.unit = ResampleUnit::kBudgets, options.law.seed = 5, options.law.grid = false;
  options.law.group_column = "corpus", options.law.huber_delta = 1.0 / 3;
  options.law.calibrated = false, options.budget_tolerance = 0.3, options.backtest_budgets = 2,
  options.budget_compute = BudgetCompute::kStored;
  const auto read = [&] {
    Sweep sweep;
    EXPECT_TRUE((*store)
                    ->Read([&](View& view) {
                      sweep = *view.GetSweep("s");
                      return absl::OkStatus();
                    })
                    .ok());
    return sweep.analyze;
  };
  ASSERT_TRUE((*store)
                  ->Write([&](Transaction& tx) {
                    Sweep sweep = SampleSweep("s");
                    sweep.analyze.reset();
                    return tx.AddSweep(sweep, "x");
                  })
                  .ok());
  EXPECT_FALSE(read().has_value());
  ASSERT_TRUE(
      (*store)->Write([&](Transaction& tx) { return tx.SetAnalyzeOptions("s", options); }).ok());
  EXPECT_EQ(read(), options);
}

// A database of version 1 has fits without an analysis.
TEST(AnalysisStore, AFitOfBeforeHasNoAnalysisBesideIt) {
  TempDir dir;
  const std::string path = dir.File("old.db");
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  const auto sql = [&](const std::string& text) {
    ASSERT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
  };
  sql(std::string(Migrations()[0].sql));
  sql("PRAGMA application_id = " + std::to_string(kApplicationId));
  sql("PRAGMA user_version = 1");
  sql("INSERT INTO sweeps (id, name, content, state, created_at, spec_source, dropped, imported)"
      " VALUES ('s', 'n', 'c', 'finished', 1, '{}', '{\"items\": []}', 0)");
  Fit fit;
  fit.id = "old", fit.method = "quadratic", fit.runs_used = 5;
  sql("INSERT INTO fits (id, sweep, created_at, fit) VALUES ('old', 1, 1, '" + FitToJson(fit) +
      "')");
  sqlite3_close(db);
  auto store = OpenSqliteStore(path, {});
  ASSERT_TRUE(store.ok()) << store.status();
  const auto got = Newest(**store);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->fit.runs_used, 5);
  EXPECT_FALSE(got->surface.has_value());
}

}  // namespace
}  // namespace ff::storage
