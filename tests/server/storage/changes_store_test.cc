// What goes when something is deleted and what stays, what a sweep has held of GPUs, samples of
// devices, requests of clients, versions.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include "tests/server/storage/store_fixture.h"

namespace ff::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ChangesTest : public StoreTest {
 protected:
  static Measurement Point(int64_t step) {
    Measurement m;
    m.kind = "train", m.step = step, m.loss = 3;
    return m;
  }
  // An attempt that has left something in every table.
  void Train(const std::string& id) {
    const int64_t attempt = Lease(id, 1);
    ASSERT_EQ(Write([&](Transaction& tx) -> absl::Status {
                EXPECT_TRUE(tx.AddMeasurements(attempt, {Point(1), Point(2)}).ok());
                EXPECT_TRUE(tx.AppendLog(attempt, "line\n", At(2)).ok());
                EXPECT_TRUE(tx.AddSystemSample({attempt, At(3), "", 1e9, 60, 0.5, 100}).ok());
                EXPECT_TRUE(tx.AddEvent({0, At(3), "s", id, attempt, "started", ""}).ok());
                EXPECT_TRUE(tx.EndAttempt(attempt, "finished", std::nullopt, At(11)).ok());
                EXPECT_TRUE(tx.AddResult("s", id, SampleResult()).ok());
                return tx.UpdateExperiment("s", id, {ExperimentState::kFinished, 1, 0, 0, "w"});
              }),
              absl::OkStatus());
  }
  // Rows that name what is not there, and what the triggers counted wrongly.
  std::string Faults() {
    store_.reset();
    sqlite3* db = nullptr;
    std::string faults;
    const auto keep = [](void* out, int n, char** values, char**) {
      for (int i = 0; i < n; ++i) {
        *static_cast<std::string*>(out) += values[i] == nullptr ? "null " : values[i];
        *static_cast<std::string*>(out) += ' ';
      }
      return 0;
    };
    EXPECT_EQ(sqlite3_open(dir_.File("ff.db").c_str(), &db), SQLITE_OK);
    for (const char* sql :
         {"PRAGMA foreign_key_check",
          "SELECT * FROM logs WHERE attempt NOT IN (SELECT id FROM attempts)",
          "SELECT * FROM (SELECT l.waiting AS a, count(*) FILTER (WHERE e.state = 'waiting') AS b"
          " FROM sweep_load l LEFT JOIN experiments e ON e.sweep = l.sweep GROUP BY l.sweep)"
          " WHERE a <> b"}) {
      EXPECT_EQ(sqlite3_exec(db, sql, keep, &faults, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    }
    sqlite3_close(db);
    Reopen();
    return faults;
  }
};

TEST_F(ChangesTest, AnExperimentGoesWithAllThatBelongsToIt) {
  Fill();
  Train("e0");
  Train("e1");
  const auto one = Get<Holdings>([](View& v) { return v.CountHoldings("s", "e0"); });
  EXPECT_EQ(one.experiments, 1);
  EXPECT_EQ(one.results, 1);
  EXPECT_EQ(one.attempts, 1);
  EXPECT_EQ(one.measurements, 2);
  ASSERT_EQ(store_->Remove([](Transaction& tx) { return tx.DeleteExperiment("s", "e0"); }),
            absl::OkStatus());
  EXPECT_EQ(Faults(), "");
  const auto rest = Get<Holdings>([](View& v) { return v.CountHoldings("s", ""); });
  EXPECT_EQ(rest.experiments, 2);
  EXPECT_EQ(rest.measurements, 2);
  EXPECT_THAT(Get<std::vector<Event>>(
                  [](View& v) { return v.ListEvents({.sweep_id = "s", .experiment_id = "e0"}); }),
              IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(
      store_->Remove([](Transaction& tx) { return tx.DeleteExperiment("s", "e0"); })));
}

TEST_F(ChangesTest, ASweepGoesInPiecesAndLeavesTheOthersWhole) {
  Fill();
  Train("e0");
  Train("e1");
  ASSERT_TRUE(Write([](Transaction& tx) {
                EXPECT_TRUE(tx.AddSweep(SampleSweep("other"), "content 2").ok());
                EXPECT_TRUE(tx.AddRequest("r", "s", At(0), At(-9)).ok());
                return tx.AddExperiment(SampleExperiment("other", "e0"));
              }).ok());
  bool more = true;
  int pieces = 0;
  for (; more; ++pieces) {
    ASSERT_EQ(store_->Remove([&](Transaction& tx) -> absl::Status {
      const auto left = tx.DeleteSome("s", 5);
      if (left.ok()) more = *left;
      return left.status();
    }),
              absl::OkStatus());
  }
  EXPECT_GT(pieces, 1);
  EXPECT_EQ(Faults(), "");
  EXPECT_THAT(Get<std::vector<Sweep>>([](View& v) { return v.ListSweeps(); }), SizeIs(1));
  EXPECT_EQ(Get<Holdings>([](View& v) { return v.CountHoldings("other", ""); }).experiments, 1);
  EXPECT_EQ(Get<std::string>([](View& v) { return v.FindRequest("r"); }), "");
}

// A page that polls by cursor lost what came after a deletion: numbers were given anew.
TEST_F(ChangesTest, NumbersOfMeasurementsOnlyGrow) {
  Fill();
  Train("e0");
  ASSERT_TRUE(store_->Remove([](Transaction& tx) { return tx.DeleteExperiment("s", "e0"); }).ok());
  Train("e1");
  EXPECT_EQ(Get<int64_t>([](View& v) { return v.LastSeq("s", "e1"); }), 4);
}

// Two of one GPU at the same time, one of another, one on a CPU: at(1) to at(11) and so on.
TEST_F(ChangesTest, AGpuIsHeldOnceHoweverManyAttemptsShareIt) {
  Fill();
  const auto hold = [&](const std::string& id, const std::string& device, int64_t from,
                        int64_t to) {
    ASSERT_EQ(Write([&](Transaction& tx) -> absl::Status {
                Attempt attempt = SampleAttempt("s", id, "w", from + 100);
                attempt.device_id = device, attempt.started_at = At(from);
                const auto added = tx.AddAttempt(attempt);
                if (!added.ok()) return added.status();
                return tx.EndAttempt(*added, "lost", std::nullopt, At(to));
              }),
              absl::OkStatus());
  };
  hold("e0", "cuda:0", 0, 10);
  hold("e1", "cuda:0", 5, 20);
  hold("e1", "cuda:0", 30, 31);
  hold("e2", "cuda:1", 0, 10);
  hold("e2", "cpu", 40, 50);
  const auto progress = Get<SweepProgress>([](View& v) { return v.GetProgress("s"); });
  EXPECT_DOUBLE_EQ(progress.gpu_seconds, 20 + 1 + 10);
  EXPECT_DOUBLE_EQ(progress.held_seconds, 10 + 15 + 1 + 10 + 10);
}

TEST_F(ChangesTest, SamplesAreReadByAttemptAndTime) {
  Fill();
  const int64_t attempt = Lease("e0", 1);
  ASSERT_TRUE(Write([&](Transaction& tx) {
                EXPECT_TRUE(tx.AddSystemSample({attempt, At(20), "", 2e9, 70, 0.25, 50}).ok());
                return tx.AddSystemSample({attempt, At(10), "", 1e9, 60, 0.5, 100});
              }).ok());
  const auto all = Get<std::vector<SystemSample>>(
      [](View& v) { return v.ListSystemSamples("s", "e0", absl::InfinitePast()); });
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].time, At(10));
  EXPECT_EQ(all[1].memory_bytes, 2e9);
  EXPECT_EQ(all[1].temperature_celsius, 70);
  EXPECT_EQ(all[1].utilization, 0.25);
  EXPECT_EQ(all[1].tokens_per_second, 50);
  EXPECT_THAT(Get<std::vector<SystemSample>>(
                  [](View& v) { return v.ListSystemSamples("s", "e0", At(10)); }),
              SizeIs(1));
}

TEST_F(ChangesTest, RequestsAreRememberedForAWhile) {
  Fill();
  ASSERT_TRUE(Write([](Transaction& tx) { return tx.AddRequest("a", "s", At(1), At(0)); }).ok());
  EXPECT_EQ(Get<std::string>([](View& v) { return v.FindRequest("a"); }), "s");
  EXPECT_TRUE(absl::IsAlreadyExists(
      Write([](Transaction& tx) { return tx.AddRequest("a", "s", At(1), At(0)); })));
  ASSERT_TRUE(Write([](Transaction& tx) { return tx.AddRequest("b", "s", At(9), At(5)); }).ok());
  EXPECT_EQ(Get<std::string>([](View& v) { return v.FindRequest("a"); }), "");
}

TEST_F(ChangesTest, AVersionGrowsWithEveryChange) {
  Fill();
  const auto version = [&] { return Get<Sweep>([](View& v) { return v.GetSweep("s"); }).version; };
  EXPECT_EQ(version(), 1);
  ASSERT_TRUE(Write([](Transaction& tx) {
                return tx.SetSweepState("s", SweepState::kPaused, absl::InfiniteFuture());
              }).ok());
  EXPECT_EQ(version(), 2);
  ASSERT_TRUE(Write([](Transaction& tx) { return tx.SetScheduling("s", {}); }).ok());
  EXPECT_EQ(version(), 3);
}

}  // namespace
}  // namespace ff::storage
