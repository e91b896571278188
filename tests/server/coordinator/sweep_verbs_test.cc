#include <algorithm>

#include "server/coordinator/resolve.h"
#include "tests/server/coordinator/fixture.h"

namespace ff::coordinator {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SweepVerbs : public CoordinatorTest {};

TEST_F(SweepVerbs, APlanIsAPreviewOfWhatIsCreated) {
  auto preview = coordinator_->PlanSweep(Spec());
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_FALSE(preview->exists);
  EXPECT_EQ(preview->flops_per_second, 1e9);
  EXPECT_FALSE(preview->throughput_measured);
  EXPECT_EQ(preview->slots, 1);
  EXPECT_NEAR(preview->estimated_seconds, preview->total_flops / 1e9, 1e-6 * preview->total_flops);
  const Sweep sweep = Create("", Spec());
  EXPECT_EQ(sweep.id, preview->sweep_id);
  EXPECT_EQ(sweep.counts.Total(), static_cast<int>(preview->experiments.size()));
  EXPECT_EQ(sweep.total_flops, preview->total_flops);
  EXPECT_EQ(sweep.budgets.size(), 3u);
  EXPECT_LT(sweep.eta_seconds, 0);
  EXPECT_TRUE(coordinator_->PlanSweep(Spec())->exists);
}

TEST_F(SweepVerbs, CreatingIsIdempotent) {
  const Sweep first = Create();
  auto again = coordinator_->CreateSweep("demo", Spec(), false);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->created);
  EXPECT_EQ(again->sweep.id, first.id);
  EXPECT_TRUE(absl::IsAlreadyExists(coordinator_->CreateSweep("demo", Spec(), true).status()));
  EXPECT_NE(Create("another name").id, first.id);
  EXPECT_NE(Create("demo", Spec(4)).id, first.id);
}

TEST_F(SweepVerbs, AnotherSweepTakesFinishedResultsOver) {
  Create("first");
  TrainAll();
  EXPECT_EQ(coordinator_->PlanSweep(Spec())->cached,
            coordinator_->GetSweep("first")->counts.Total());
  EXPECT_TRUE(coordinator_->PlanSweep(Spec())->throughput_measured);
  EXPECT_NEAR(coordinator_->PlanSweep(Spec())->flops_per_second, 1e10, 1);
  EXPECT_EQ(coordinator_->PlanSweep(Spec())->estimated_seconds, 0);
  const Sweep second = Create("second");
  EXPECT_EQ(second.state, SweepState::kFinished);
  EXPECT_EQ(second.counts.finished, second.counts.Total());
  const auto page = coordinator_->ListExperiments("second", {}, 1, 0);
  EXPECT_EQ(page->experiments[0].result->from_sweep, coordinator_->GetSweep("first")->id);
  EXPECT_THAT(EventKinds("second"), Contains("taken_over"));
  EXPECT_TRUE(coordinator_->GetFit("second").ok());
}

TEST_F(SweepVerbs, AResultIsSharedWithASweepThatWaitsForTheSame) {
  Create("first");
  Create("second");
  TrainAll();
  const Sweep first = *coordinator_->GetSweep("first"), second = *coordinator_->GetSweep("second");
  EXPECT_EQ(first.state, SweepState::kFinished);
  EXPECT_EQ(second.state, SweepState::kFinished);
  // Each was trained once.
  EXPECT_EQ(coordinator_->ListWorkers()->front().finished, first.counts.Total());
}

TEST_F(SweepVerbs, APausedSweepIsGrantedNothing) {
  Create();
  const WorkerOrders one = Call("w", 1);
  ASSERT_EQ(one.leases.size(), 1u);
  EXPECT_EQ(coordinator_->PauseSweep("demo")->state, SweepState::kPaused);
  EXPECT_TRUE(coordinator_->PauseSweep("demo").ok());
  const WorkerOrders same = Call("w", 1, {Report(one.leases[0], "running")});
  ASSERT_EQ(same.leases.size(), 1u);
  EXPECT_EQ(same.leases[0].attempt_id, one.leases[0].attempt_id);
  EXPECT_EQ(coordinator_->ResumeSweep("demo")->state, SweepState::kActive);
  EXPECT_EQ(Call("w", 1, {Report(one.leases[0], "running")}).leases.size(), 2u);
  EXPECT_THAT(EventKinds("demo"), Contains("paused"));
  EXPECT_THAT(EventKinds("demo"), Contains("resumed"));
}

TEST_F(SweepVerbs, CancellingTakesLeasesAwayAndIsFinal) {
  const Sweep sweep = Create();
  const WorkerOrders one = Call("w", 1);
  const auto cancelled = coordinator_->CancelSweep("demo");
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state, SweepState::kCancelled);
  EXPECT_EQ(cancelled->counts.cancelled, sweep.counts.Total());
  EXPECT_EQ(cancelled->finished_at, now_);
  EXPECT_TRUE(Call("w", 1, {Report(one.leases[0], "running")}).leases.empty());
  EXPECT_TRUE(absl::IsFailedPrecondition(coordinator_->ResumeSweep("demo").status()));
  EXPECT_TRUE(coordinator_->CancelSweep("demo").ok());
  // Asked for again, it is a new sweep.
  auto anew = coordinator_->CreateSweep("demo", Spec(), true);
  ASSERT_TRUE(anew.ok()) << anew.status();
  EXPECT_NE(anew->sweep.id, sweep.id);
  EXPECT_EQ(anew->sweep.state, SweepState::kActive);
}

TEST_F(SweepVerbs, ProgressAndEtaComeFromWhatRuns) {
  const Sweep before = Create();
  const Lease lease = Call("w", 1).leases[0];
  AttemptReport report = Report(lease, "running");
  report.step = lease.plan.steps / 2;
  report.tokens_per_second = 1000;
  now_ += absl::Seconds(1);
  Call("w", 0, {report});
  const Sweep running = *coordinator_->GetSweep("demo");
  EXPECT_EQ(running.counts.running, 1);
  const double share = static_cast<double>(report.step) / lease.plan.steps;
  EXPECT_NEAR(running.done_flops, lease.plan.flops * share, 1e-6 * lease.plan.flops);
  const double speed = 1000 * lease.plan.flops / lease.plan.tokens;
  EXPECT_NEAR(running.flops_per_second, speed, 1e-6 * speed);
  EXPECT_NEAR(running.eta_seconds, (before.total_flops - running.done_flops) / speed,
              1e-6 * running.eta_seconds);
  // Between one lease and the next, what was finished tells the speed.
  const WorkerOrders next = Call("w", 1, {Finished(lease)});
  ASSERT_EQ(next.leases.size(), 1u);
  const Sweep between = *coordinator_->GetSweep("demo");
  EXPECT_NEAR(between.eta_seconds, (between.total_flops - between.done_flops) / 1e10,
              1e-6 * between.eta_seconds);
  TrainAll();
  EXPECT_EQ(coordinator_->GetSweep("demo")->eta_seconds, 0);
}

TEST_F(SweepVerbs, AreFoundByIdPrefixNameAndLatest) {
  const Sweep first = Create("alpha");
  now_ += absl::Seconds(1);
  const Sweep second = Create("beta", Spec(4));
  EXPECT_EQ(coordinator_->GetSweep("@latest")->id, second.id);
  EXPECT_EQ(coordinator_->GetSweep("alpha")->id, first.id);
  EXPECT_EQ(coordinator_->GetSweep(first.id)->id, first.id);
  EXPECT_EQ(coordinator_->GetSweep(first.id.substr(0, 9))->id, first.id);
  const absl::Status typo = coordinator_->GetSweep("alhpa").status();
  EXPECT_TRUE(absl::IsNotFound(typo));
  EXPECT_THAT(std::string(typo.message()), HasSubstr("did you mean alpha?"));
  Create("alpha", Spec(3));
  const absl::Status two = coordinator_->GetSweep("alpha").status();
  EXPECT_TRUE(absl::IsInvalidArgument(two));
  EXPECT_THAT(std::string(two.message()), HasSubstr(first.id));
  EXPECT_EQ(coordinator_->ListSweeps()->size(), 3u);
  EXPECT_TRUE(absl::IsInvalidArgument(coordinator_->GetSweep("").status()));
}

TEST_F(SweepVerbs, WithoutASweepLatestIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(coordinator_->GetSweep("@latest").status()));
}

TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("same", "same"), 0u);
}

TEST_F(SweepVerbs, ExperimentsAreListedByStateAndPage) {
  const Sweep sweep = Create();
  Call("w", 1);
  const auto leased = coordinator_->ListExperiments("demo", {ExperimentState::kLeased}, 0, 0);
  EXPECT_EQ(leased->total, 1);
  const auto page = coordinator_->ListExperiments("demo", {}, 2, 1);
  EXPECT_EQ(page->total, sweep.counts.Total());
  ASSERT_EQ(page->experiments.size(), 2u);
  EXPECT_EQ(page->experiments[0].ordinal, 1);
  const std::string id = page->experiments[0].id;
  EXPECT_EQ(coordinator_->GetExperiment("", id.substr(0, 12))->id, id);
  std::string typo = id;
  typo[5] = typo[5] == '0' ? '1' : '0';
  const absl::Status near = coordinator_->GetExperiment("demo", typo).status();
  EXPECT_TRUE(absl::IsNotFound(near));
  EXPECT_THAT(std::string(near.message()), HasSubstr(id));
}

TEST_F(SweepVerbs, StatisticsCountWhoIsAlive) {
  Create();
  Call("w", 0);
  EXPECT_EQ(coordinator_->GetStatistics()->workers_alive, 1);
  EXPECT_EQ(coordinator_->GetStatistics()->sweeps, 1);
  EXPECT_EQ(coordinator_->GetStatistics()->schema_version, 1);
  now_ += absl::Seconds(31);
  EXPECT_EQ(coordinator_->GetStatistics()->workers_alive, 0);
}

}  // namespace
}  // namespace ff::coordinator
