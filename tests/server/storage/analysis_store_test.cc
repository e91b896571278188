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
