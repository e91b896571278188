// The contract of Store, on a real file that is closed and opened again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/server/storage/store_fixture.h"

namespace ff::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(StoreTest, SweepsComeBackNewestFirst) {
  Fill();
  ASSERT_TRUE(Write([](Transaction& tx) { return tx.AddSweep(SampleSweep("t", 5), "x"); }).ok());
  Reopen();
  const auto sweeps = Get<std::vector<Sweep>>([](View& v) { return v.ListSweeps(); });
  ASSERT_EQ(sweeps.size(), 2u);
  EXPECT_EQ(sweeps[0].id, "t");
  const Sweep s = Get<Sweep>([](View& v) { return v.GetSweep("s"); });
  EXPECT_EQ(s.created_at, At(0));
  EXPECT_EQ(s.finished_at, absl::InfiniteFuture());
  EXPECT_EQ(s.spec_source, "{\"planner\": {}}");
  ASSERT_EQ(s.dropped.size(), 1u);
  EXPECT_EQ(s.dropped[0].reason, "too few tokens");
  EXPECT_EQ(Get<std::string>([](View& v) { return v.FindSweepByContent("content"); }), "s");
}

TEST_F(StoreTest, EveryNumberOfAPlanComesBackExactly) {
  Fill();
  Reopen();
  const Experiment e = Get<Experiment>([](View& v) { return v.GetExperiment("s", "e1"); });
  const Experiment original = SampleExperiment("s", "e1", 1);
  EXPECT_EQ(e.plan, original.plan);
  EXPECT_EQ(ExperimentId(e.plan), ExperimentId(original.plan));
  EXPECT_EQ(e.budget_flops, original.budget_flops);
  EXPECT_EQ(e.target_parameters, original.target_parameters);
}

TEST_F(StoreTest, NumbersThatAreNotFiniteComeBack) {
  Fill();
  Experiment odd = SampleExperiment("s", "odd", 9);
  odd.plan.weight_decay = std::numeric_limits<double>::infinity();
  odd.plan.adam_eps = std::numeric_limits<double>::quiet_NaN();
  odd.state = ExperimentState::kFinished;
  odd.result = SampleResult();
  odd.result->final_val_loss = std::numeric_limits<double>::quiet_NaN();
  ASSERT_TRUE(Write([&](Transaction& tx) { return tx.AddExperiment(odd); }).ok());
  Reopen();
  const Experiment e = Get<Experiment>([](View& v) { return v.GetExperiment("s", "odd"); });
  EXPECT_TRUE(std::isinf(e.plan.weight_decay));
  EXPECT_TRUE(std::isnan(e.plan.adam_eps));
  ASSERT_TRUE(e.result.has_value());
  EXPECT_TRUE(std::isnan(e.result->final_val_loss));
  EXPECT_EQ(e.result->final_train_loss, 2.0 / 3);
}

TEST_F(StoreTest, AFitComesBackExactly) {
  Fill();
  Fit fit;
  fit.id = "f1";
  fit.sweep_id = "s";
  fit.created_at = At(3);
  fit.n_opt = {"N_opt", 0.1 + 0.2, 0.5, 0.99, {1.0 / 3, 2}, {0.4, 0.6}, "N = k C^a"};
  fit.optimal_points.resize(2);
  fit.optimal_points[1].c2 = 1e-17;
  fit.draws = {1.0 / 3, -0.0, 5e-324};
  fit.exclusions = {{1e12, "e1", "odd"}};
  fit.warnings = {"w"};
  Analysis analysis;
  analysis.fit = fit;
  ASSERT_TRUE(Write([&](Transaction& tx) { return tx.AddAnalysis(analysis); }).ok());
  analysis.fit.id = "f2";
  ASSERT_TRUE(Write([&](Transaction& tx) { return tx.AddAnalysis(analysis); }).ok());
  Reopen();
  const Fit got = Get<Fit>([](View& v) { return v.GetNewestFit("s"); });
  EXPECT_EQ(got.id, "f2");
  EXPECT_EQ(got.created_at, At(3));
  EXPECT_EQ(got.n_opt.coefficient_k, 0.1 + 0.2);
  EXPECT_EQ(got.n_opt.k_ci.low, 1.0 / 3);
  EXPECT_EQ(got.optimal_points[1].c2, 1e-17);
  EXPECT_EQ(got.draws, fit.draws);
  EXPECT_EQ(got.exclusions[0].reason, "odd");
}

TEST_F(StoreTest, AFailedWriteLeavesNothing) {
  Fill();
  const absl::Status status = Write([](Transaction& tx) {
    EXPECT_TRUE(tx.AddSweep(SampleSweep("t"), "x").ok());
    return absl::CancelledError("changed my mind");
  });
  EXPECT_EQ(status, absl::CancelledError("changed my mind"));
  const absl::Status missing =
      store_->Read([](View& v) -> absl::Status { return v.GetSweep("t").status(); });
  EXPECT_TRUE(absl::IsNotFound(missing)) << missing;
}

TEST_F(StoreTest, ErrorsAreNamed) {
  Fill();
  EXPECT_TRUE(absl::IsAlreadyExists(
      Write([](Transaction& tx) { return tx.AddSweep(SampleSweep("s"), "x"); })));
  EXPECT_TRUE(absl::IsNotFound(
      Write([](Transaction& tx) { return tx.AddExperiment(SampleExperiment("none", "e")); })));
  EXPECT_TRUE(absl::IsNotFound(Write([](Transaction& tx) {
    return tx.SetSweepState("none", SweepState::kPaused, absl::InfiniteFuture());
  })));
  EXPECT_TRUE(absl::IsNotFound(Write([](Transaction& tx) {
    return tx.AddAttempt(SampleAttempt("s", "e0", "a worker nobody knows")).status();
  })));
  ASSERT_TRUE(Write([](Transaction& tx) { return tx.AddResult("s", "e0", SampleResult()); }).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(
      Write([](Transaction& tx) { return tx.AddResult("s", "e0", SampleResult()); })));
}

TEST_F(StoreTest, AnExperimentHasOneLiveAttempt) {
  Fill();
  const int64_t first = Lease("e0", 1);
  EXPECT_TRUE(absl::IsAlreadyExists(Write(
      [](Transaction& tx) { return tx.AddAttempt(SampleAttempt("s", "e0", "w", 2)).status(); })));
  End(first);
  const int64_t second = Lease("e0", 2);
  EXPECT_GT(second, first);
  const auto all = Get<std::vector<Attempt>>([](View& v) { return v.ListAttempts("s", "e0"); });
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].failure->message, "gone");
  EXPECT_EQ(all[0].ended_at, At(40));
  EXPECT_EQ(all[1].ended_at, absl::InfiniteFuture());
  const Experiment e = Get<Experiment>([](View& v) { return v.GetExperiment("s", "e0"); });
  ASSERT_TRUE(e.current.has_value());
  EXPECT_EQ(e.current->id, second);
  EXPECT_EQ(e.current->experiment_id, "e0");
}

TEST_F(StoreTest, OverdueAndLiveAttemptsAreFound) {
  Fill();
  const int64_t id = Lease("e0", 1);
  const auto overdue = [&](int64_t seconds) {
    return Get<std::vector<Attempt>>([&](View& v) { return v.ListOverdueAttempts(At(seconds)); });
  };
  EXPECT_TRUE(overdue(31).empty());
  ASSERT_EQ(overdue(32).size(), 1u);
  EXPECT_EQ(overdue(32)[0].id, id);
  End(id);
  EXPECT_TRUE(overdue(100).empty());
  EXPECT_TRUE(Get<std::vector<Attempt>>([](View& v) { return v.ListLiveAttempts("w"); }).empty());
}

TEST_F(StoreTest, OfMeasurementsTheNewestAttemptsStay) {
  Fill();
  const int64_t first = Lease("e0", 1);
  const auto point = [](int64_t step, double loss) {
    Measurement m;
    m.kind = "train";
    m.step = step;
    m.loss = loss;
    return m;
  };
  const auto add = [&](int64_t attempt, std::vector<Measurement> points) {
    ASSERT_TRUE(Write([&](Transaction& tx) { return tx.AddMeasurements(attempt, points); }).ok());
  };
  const auto after = [&](int64_t seq) {
    return Get<std::vector<Measurement>>(
        [&](View& v) { return v.ListMeasurements("s", "e0", seq); });
  };
  add(first, {point(1, 5), point(2, 4)});
  add(first, {point(1, 5), point(2, 4)});  // the same call once more
  ASSERT_EQ(after(0).size(), 2u);
  const int64_t cursor = after(0).back().seq;
  EXPECT_TRUE(after(cursor).empty());
  End(first);
  const int64_t second = Lease("e0", 2);
  add(second, {point(2, 3)});
  add(first, {point(2, 9)});  // late, of the older attempt
  ASSERT_EQ(after(cursor).size(), 1u);
  EXPECT_EQ(after(cursor)[0].loss, 3);
  EXPECT_EQ(after(0).size(), 2u);
}

// Calls overtake each other: what comes later and again counts once, whatever order it comes in.
TEST_F(StoreTest, BatchesThatOverlapAreStoredOnce) {
  Fill();
  const int64_t id = Lease("e0", 1);
  const auto point = [](const std::string& kind, int64_t step) {
    Measurement m;
    m.kind = kind, m.step = step, m.loss = static_cast<double>(step);
    return m;
  };
  const auto add = [&](std::vector<Measurement> points) {
    ASSERT_TRUE(Write([&](Transaction& tx) { return tx.AddMeasurements(id, points); }).ok());
  };
  add({point("train", 3), point("train", 4)});
  add({point("train", 1), point("train", 2), point("train", 3)});
  add({point("eval", 4), point("train", 4), point("train", 5), point("train", 5)});
  const auto all =
      Get<std::vector<Measurement>>([](View& v) { return v.ListMeasurements("s", "e0", 0); });
  std::vector<std::pair<std::string, int64_t>> got;
  for (const Measurement& m : all) got.emplace_back(m.kind, m.step);
  EXPECT_THAT(got, ::testing::UnorderedElementsAre(std::pair("train", 1), std::pair("train", 2),
                                                   std::pair("train", 3), std::pair("train", 4),
                                                   std::pair("train", 5), std::pair("eval", 4)));
  for (size_t i = 1; i < all.size(); ++i) EXPECT_GT(all[i].seq, all[i - 1].seq);
}

TEST_F(StoreTest, ALogKeepsItsEndAndARepeatedCallCountsOnce) {
  Fill();
  const int64_t id = Lease("e0", 1);
  const auto append = [&](const std::string& text) {
    ASSERT_TRUE(Write([&](Transaction& tx) {
                  return tx.AppendLog(id, text, absl::FromUnixSeconds(1000));
                }).ok());
  };
  const auto log = [&] { return Get<std::string>([&](View& v) { return v.GetLog(id); }); };
  append("one\n");
  append("one\ntwo\n");  // the reply was lost: sent again, with what came since
  EXPECT_EQ(log(), "one\ntwo\n");
  for (int i = 0; i < 30; ++i) append(std::to_string(i) + std::string(50000, 'x'));
  EXPECT_EQ(log().size(), static_cast<size_t>(kLogBytes));
  append(std::string(2 << 20, 'y'));
  EXPECT_EQ(log(), std::string(kLogBytes, 'y'));
}

TEST_F(StoreTest, ATwinUnderLeaseIsNoCandidateAndResultsAreFoundElsewhere) {
  Fill();
  ASSERT_TRUE(Write([](Transaction& tx) {
                EXPECT_TRUE(tx.AddSweep(SampleSweep("t", 5), "y").ok());
                return tx.AddExperiment(SampleExperiment("t", "e0", 0));
              }).ok());
  Lease("e0", 1);
  for (const ExperimentFacts& f : Get<std::vector<ExperimentFacts>>(
           [](View& v) { return v.ListCandidates("s", {.worker_id = "w", .limit = 10}); })) {
    EXPECT_NE(f.id, "e0");
  }
  EXPECT_EQ(Get<std::vector<ExperimentFacts>>([](View& v) { return v.WaitingTwins("s", "e0"); })[0]
                .sweep_id,
            "t");
  ASSERT_TRUE(Write([](Transaction& tx) { return tx.AddResult("s", "e0", SampleResult()); }).ok());
  const auto found =
      Get<std::optional<Result>>([](View& v) { return v.FindResult("e0", "t", "1"); });
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->from_sweep, "s");
  EXPECT_FALSE(Get<std::optional<Result>>([](View& v) { return v.FindResult("e0", "s", "1"); }));
}

TEST_F(StoreTest, ProgressCountsWhatIsDoneAndWhatRuns) {
  Fill();
  const int64_t id = Lease("e1", 1);
  ASSERT_TRUE(
      Write([&](Transaction& tx) {
        EXPECT_TRUE(tx.AddResult("s", "e0", SampleResult()).ok());
        EXPECT_TRUE(
            tx.UpdateExperiment("s", "e0", {ExperimentState::kFinished, 0, 0, 0, "", std::nullopt})
                .ok());
        EXPECT_TRUE(
            tx.UpdateExperiment("s", "e1", {ExperimentState::kRunning, 1, 0, id, "", std::nullopt})
                .ok());
        EXPECT_TRUE(tx.RenewAttempt(id, At(60), true).ok());
        return tx.PutProgress(id, {25, 0, 2048, std::nullopt, ""});  // of 100 steps
      }).ok());
  const SweepProgress p = Get<SweepProgress>([](View& v) { return v.GetProgress("s"); });
  const double flops = SamplePlan().flops;
  EXPECT_NEAR(p.total_flops / flops, 3, 1e-9);
  EXPECT_NEAR(p.done_flops / flops, 1.25, 1e-9);
  EXPECT_NEAR(p.open_flops / flops, 1.75, 1e-9);
  EXPECT_NEAR(p.running_flops_per_second / flops, 0.01, 1e-9);
  ASSERT_EQ(p.budgets.size(), 2u);
  EXPECT_EQ(p.budgets[0].counts.finished, 1);
  EXPECT_EQ(p.budgets[0].counts.running, 1);
  EXPECT_EQ(p.budgets[0].best_loss, 2.0 / 3 + 0.1);
  EXPECT_TRUE(std::isnan(p.budgets[1].best_loss));
  EXPECT_EQ(p.finished_seconds, 12.5);
  EXPECT_EQ(Get<int>([](View& v) { return v.CountOpen("s"); }), 2);
}

TEST_F(StoreTest, PrefixesAreFoundWhateverTheirCharacters) {
  Fill();
  const auto count = [&](const std::string& prefix) {
    return Get<std::vector<ExperimentFacts>>(
               [&](View& v) { return v.FindExperiments("s", prefix, 10); })
        .size();
  };
  EXPECT_EQ(count("e"), 3u);
  EXPECT_EQ(count("e1"), 1u);
  EXPECT_EQ(count("%"), 0u);
}

TEST_F(StoreTest, EventsAndWorkersComeBack) {
  Fill();
  ASSERT_TRUE(Write([](Transaction& tx) {
                EXPECT_TRUE(tx.AddEvent({0, At(1), "s", "", 0, "created", "one"}).ok());
                EXPECT_TRUE(tx.AddEvent({0, At(2), "s", "e0", 3, "leased", "two"}).ok());
                Worker later = SampleWorker("w");
                later.first_seen = later.last_seen = At(50);
                later.incarnation = "2";
                return tx.PutWorker(later, 0);
              }).ok());
  const auto all = Get<std::vector<Event>>([](View& v) { return v.ListEvents({"s", "", 0, 0}); });
  ASSERT_EQ(all.size(), 2u);
  const auto later = Get<std::vector<Event>>([&](View& v) {
    return v.ListEvents({"s", "", all[0].seq, 0});
  });
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].message, "two");
  const Worker w = Get<Worker>([](View& v) { return v.GetWorker("w"); });
  EXPECT_EQ(w.first_seen, At(0));
  EXPECT_EQ(w.last_seen, At(50));
  EXPECT_EQ(w.incarnation, "2");
  EXPECT_EQ(w.devices[0].name, "a CPU");
  EXPECT_FALSE(Get<bool>([](View& v) { return v.IsFree("w", At(0)); }));
  EXPECT_EQ(Get<int>([](View& v) { return v.CountWorkers(At(50)); }), 1);
  EXPECT_EQ(Get<int>([](View& v) { return v.CountWorkers(At(51)); }), 0);
}

TEST_F(StoreTest, AReaderSeesOneStateWhileOthersWrite) {
  Fill();
  const absl::Status status = store_->Read([&](View& view) -> absl::Status {
    EXPECT_EQ(view.ListSweeps()->size(), 1u);
    EXPECT_TRUE(Write([](Transaction& tx) { return tx.AddSweep(SampleSweep("t"), "x"); }).ok());
    EXPECT_EQ(view.ListSweeps()->size(), 1u);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(Get<std::vector<Sweep>>([](View& v) { return v.ListSweeps(); }).size(), 2u);
}

}  // namespace
}  // namespace ff::storage
