// A database of every earlier version opens, and what it held reads as it does in a new one. Each
// is made by that version's own migrations and filled with what its tables have room for of a
// database that was written through the store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/storage/schema.h"
#include "server/storage/sqlite/migrate.h"
#include "server/storage/sqlite/statement.h"
#include "tests/server/storage/store_fixture.h"

namespace ff::storage {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<Measurement> Points() {
  std::vector<Measurement> points;
  for (int i = 1; i <= 1200; ++i) {
    Measurement m;
    m.kind = "train";
    m.step = i;
    m.tokens = 64 * i;
    m.flops = 1e9 * i;
    m.loss = 10.0 / i;
    m.learning_rate = 0.1;
    m.grad_norm = 1.0 / 3;
    m.tokens_per_second = 1000;
    m.seconds = 0.5 * i;
    points.push_back(m);
  }
  points.push_back(points.back());
  points.back().kind = "eval";
  return points;
}

class MigrationTest : public StoreTest {
 protected:
  // One experiment finished, one failed, one under way, with all that belongs to them.
  MigrationTest() {
    Fill();
    const int64_t finished = Lease("e0", 1), lost = Lease("e1", 1);
    End(lost);
    const int64_t live = Lease("e1", 2);
    EXPECT_TRUE(
        Write([&](Transaction& tx) -> absl::Status {
          EXPECT_TRUE(tx.AddMeasurements(finished, Points()).ok());
          EXPECT_TRUE(tx.AppendLog(finished, "hello\n", absl::UnixEpoch()).ok());
          EXPECT_TRUE(tx.EndAttempt(finished, "finished", std::nullopt, At(50)).ok());
          EXPECT_TRUE(
              tx.UpdateExperiment("s", "e0", {ExperimentState::kFinished, 1, 0, 0, "w"}).ok());
          EXPECT_TRUE(tx.AddResult("s", "e0", SampleResult()).ok());
          EXPECT_TRUE(tx.RenewAttempt(live, At(90), true).ok());
          EXPECT_TRUE(tx.UpdateExperiment("s", "e2",
                                          {ExperimentState::kFailed, 3, 3, 0, "",
                                           Failure{"diverged", "loss is nan"}})
                          .ok());
          Event event;
          event.time = At(2);
          event.sweep_id = "s";
          event.experiment_id = "e0";
          event.attempt_id = finished;
          event.kind = "finished";
          event.message = "it is";
          EXPECT_TRUE(tx.AddEvent(event).ok());
          Analysis analysis;
          analysis.fit.id = "f1";
          analysis.fit.sweep_id = "s";
          analysis.fit.created_at = At(3);
          analysis.fit.n_opt.exponent_a = 0.1 + 0.2;
          return tx.AddAnalysis(analysis);
        }).ok());
  }

  // Everything that a reader of the store can see of it, a line each.
  static std::vector<std::string> Everything(Store& store) {
    std::vector<std::string> lines;
    const absl::Status status = store.Read([&](View& view) -> absl::Status {
      const std::vector<Sweep> sweeps = *view.ListSweeps();
      for (const Sweep& listed : sweeps) {
        const Sweep s = *view.GetSweep(listed.id);
        lines.push_back(absl::StrCat("sweep ", s.id, " ", s.name, " ", static_cast<int>(s.state),
                                     absl::FormatTime(s.created_at), s.spec_source,
                                     s.dropped.at(0).reason));
        const SweepLoad load = *view.GetLoad(s.id);
        lines.push_back(absl::StrCat("load ", load.waiting, " ", load.in_flight, " ",
                                     load.scheduling.priority, " ", load.scheduling.weight));
        lines.push_back(absl::StrCat("open ", *view.CountOpen(s.id)));
        lines.push_back(absl::StrCat("fit ", view.GetNewestFit(s.id)->n_opt.exponent_a));
      }
      const std::vector<Experiment> experiments = *view.ListExperiments({});
      for (const Experiment& e : experiments) AddExperiment(view, e, &lines);
      const std::vector<Event> events = *view.ListEvents({});
      for (const Event& e : events) {
        lines.push_back(absl::StrCat("event ", e.sweep_id, e.experiment_id, e.attempt_id, e.kind,
                                     e.message, absl::FormatTime(e.time)));
      }
      const std::vector<Worker> workers = *view.ListWorkers();
      for (const Worker& w : workers) {
        lines.push_back(absl::StrCat("worker ", w.id, w.name, w.host, w.pid, w.devices.at(0).name,
                                     " ", w.finished, " ", w.failed));
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return lines;
  }
  static void AddExperiment(View& view, const Experiment& e, std::vector<std::string>* lines) {
    lines->push_back(absl::StrCat("experiment ", e.id, " ", static_cast<int>(e.state), " ",
                                  ExperimentId(e.plan), " ", e.ordinal, " ", e.budget_flops));
    if (e.failure) lines->push_back(absl::StrCat(e.failure->kind, e.failure->message));
    if (e.result) {
      lines->push_back(absl::StrCat("result ", e.result->final_val_loss, " ", e.result->flops));
    }
    const std::vector<Attempt> attempts = *view.ListAttempts(e.sweep_id, e.id);
    for (const Attempt& a : attempts) {
      lines->push_back(absl::StrCat("attempt ", a.id, " ", a.epoch, a.state, a.worker_id,
                                    absl::FormatTime(a.deadline), *view.GetLog(a.id)));
    }
    double sum = 0;
    const auto points = *view.ListMeasurements(e.sweep_id, e.id, 0);
    for (const Measurement& m : points) sum += m.loss * static_cast<double>(m.step) + m.seconds;
    lines->push_back(absl::StrCat("points ", points.size(), " ", sum));
    const auto candidates =
        *view.ListCandidates(e.sweep_id, {.worker_id = "w", .device_kinds = {"cpu"}});
    lines->push_back(absl::StrCat("candidates ", candidates.size()));
  }

  // The same content in a database of `version`.
  void WriteOld(const std::string& path, size_t version) {
    auto db = Connection::Open(path);
    ASSERT_TRUE(db.ok()) << db.status();
    ASSERT_EQ(*Migrate(**db, Migrations().first(version)), static_cast<int>(version));
    Run(**db, absl::StrCat("ATTACH '", dir_.File("ff.db"), "' AS new"));
    Run(**db, "PRAGMA foreign_keys = OFF");
    Run(**db, "BEGIN");
    // What triggers fill in fills itself.
    const std::set<std::string> kept_by_triggers = {"sweep_load"};
    for (const std::string& table : Names(**db,
                                          "SELECT name FROM main.sqlite_schema WHERE type = "
                                          "'table' AND name NOT LIKE 'sqlite_%'")) {
      if (kept_by_triggers.count(table) > 0) continue;
      const std::string columns = CommonColumns(**db, table);
      if (columns.empty()) continue;
      Run(**db, absl::StrCat("INSERT INTO main.", table, " (", columns, ") SELECT ", columns,
                             " FROM new.", table));
    }
    if (version < 5) WritePointRows(**db);
    Run(**db, "COMMIT");
    Run(**db, "DETACH new");
  }
  // Before version 5 a point was a row.
  static void WritePointRows(Connection& db) {
    for (const Measurement& m : Points()) {
      Run(db,
          absl::StrCat("INSERT INTO measurements (experiment, kind, step, attempt, tokens, flops,"
                       " loss, learning_rate, grad_norm, tokens_per_second, seconds) SELECT key,'",
                       m.kind, "',", m.step, ",1,", m.tokens, ",", m.flops, ",1.0 * ", 10, "/",
                       m.step, ",", m.learning_rate, ",1.0/3,", m.tokens_per_second, ",", m.seconds,
                       " FROM experiments WHERE id = 'e0'"));
    }
  }
  static void Run(Connection& db, const std::string& sql) {
    const absl::Status status = db.Execute(sql);
    ASSERT_TRUE(status.ok()) << sql << ": " << status;
  }
  static std::vector<std::string> Names(Connection& db, const std::string& sql) {
    std::vector<std::string> names;
    Statement rows(db, sql);
    while (rows.Next()) names.push_back(rows.Text());
    EXPECT_TRUE(rows.status().ok()) << sql;
    return names;
  }
  static std::string CommonColumns(Connection& db, const std::string& table) {
    const auto columns = [&](const std::string& schema) {
      return Names(
          db, absl::StrCat("SELECT name FROM pragma_table_info('", table, "', '", schema, "')"));
    };
    const std::vector<std::string> now = columns("new");
    std::vector<std::string> common;
    for (const std::string& column : columns("main")) {
      if (std::find(now.begin(), now.end(), column) != now.end()) common.push_back(column);
    }
    return absl::StrJoin(common, ", ");
  }
};

TEST_F(MigrationTest, EveryEarlierVersionReadsAsANewOne) {
  const std::vector<std::string> expected = Everything(*store_);
  ASSERT_GT(expected.size(), 15u);
  ASSERT_THAT(expected, ::testing::Contains(HasSubstr("points 1201")));
  store_.reset();  // its log is in the file now
  for (size_t version = 1; version < Migrations().size(); ++version) {
    SCOPED_TRACE(absl::StrCat("version ", version));
    const std::string path = dir_.File(absl::StrCat("old", version, ".db"));
    WriteOld(path, version);
    auto opened = OpenSqliteStore(path, {});
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_THAT(Everything(**opened), ElementsAreArray(expected));
    EXPECT_EQ((*opened)->GetStatistics().schema_version, Migrations().back().version);
  }
}

// And it is of use: what waits can be leased, what runs can end.
TEST_F(MigrationTest, AMigratedDatabaseIsWrittenToLikeANewOne) {
  store_.reset();
  for (size_t version = 1; version < Migrations().size(); ++version) {
    SCOPED_TRACE(absl::StrCat("version ", version));
    const std::string path = dir_.File(absl::StrCat("old", version, ".db"));
    WriteOld(path, version);
    auto opened = OpenSqliteStore(path, {});
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    EXPECT_TRUE(Write([](Transaction& tx) -> absl::Status {
                  EXPECT_TRUE(tx.AddSweep(SampleSweep("t", 9), "other").ok());
                  EXPECT_TRUE(tx.AddExperiment(SampleExperiment("t", "e9")).ok());
                  auto added = tx.AddAttempt(SampleAttempt("t", "e9", "w", 1));
                  EXPECT_TRUE(added.ok()) << added.status();
                  EXPECT_GT(*added, 3) << "an id that was given before";
                  EXPECT_TRUE(tx.AddMeasurements(*added, Points()).ok());
                  return tx.EndAttempt(*added, "finished", std::nullopt, At(99));
                }).ok());
    EXPECT_EQ(Get<std::vector<Worker>>([](View& v) { return v.ListWorkers(); })[0].finished, 2);
    store_.reset();
  }
}

// A program of an earlier version must not touch what it does not understand.
TEST_F(MigrationTest, AnOlderProgramRefusesANewerDatabaseUntouched) {
  store_.reset();
  for (size_t version = 1; version < Migrations().size(); ++version) {
    auto db = Connection::Open(dir_.File("ff.db"));
    ASSERT_TRUE(db.ok());
    const absl::Status status = Migrate(**db, Migrations().first(version)).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status));
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat("schema version ", Migrations().back().version)));
    EXPECT_THAT(std::string(status.message()), HasSubstr("newer ff-coordinator"));
  }
  Reopen();
  EXPECT_THAT(Everything(*store_), Not(IsEmpty()));
}

}  // namespace
}  // namespace ff::storage
