#include <algorithm>

#include "server/coordinator/resolve.h"
#include "tests/server/coordinator/fixture.h"

namespace ff::coordinator {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SweepVerbs : public CoordinatorTest {};

TEST_F(SweepVerbs, TimeIsAssumedUntilItIsMeasured) {
  SweepSpec spec = Spec();
  spec.recipe.mode = "umup_gpt";
  spec.dataset = {"text", "bytes", "f", 1'000'000'000};
  auto preview = coordinator_->PlanSweep(spec);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->flops_per_second, 1e9);
  double exact = 0;
  for (const Experiment& e : preview->experiments) exact += e.plan.flops_exact;
  EXPECT_NEAR(preview->estimated_seconds, exact / 1e9, 1e-6 * exact / 1e9);
  // A stand-in computes nothing: its FLOP are no measure of its time.
  spec.recipe.mode = "synthetic";
  spec.recipe.synthetic.seconds_per_step = 0.5;
  preview = coordinator_->PlanSweep(spec);
  double steps = 0;
  for (const Experiment& e : preview->experiments) steps += static_cast<double>(e.plan.steps);
  EXPECT_NEAR(preview->estimated_seconds / (0.5 * steps), 1, 1e-3);
}

TEST_F(SweepVerbs, APlanIsAPreviewOfWhatIsCreated) {
  auto preview = coordinator_->PlanSweep(Spec());
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_FALSE(preview->exists);
  EXPECT_FALSE(preview->throughput_measured);
  EXPECT_EQ(preview->slots, 1);
  EXPECT_DOUBLE_EQ(preview->slot_seconds, preview->estimated_seconds);
  const Sweep sweep = Create("", Spec());
  EXPECT_EQ(sweep.id, preview->sweep_id);
  EXPECT_EQ(sweep.counts.Total(), static_cast<int>(preview->experiments.size()));
  EXPECT_EQ(sweep.total_flops, preview->total_flops);
  EXPECT_EQ(sweep.budgets.size(), 3u);
  EXPECT_LT(sweep.eta_seconds, 0);
  EXPECT_TRUE(coordinator_->PlanSweep(Spec())->exists);
}

TEST_F(SweepVerbs, APreviewTellsEveryCountAndCost) {
  const auto preview = coordinator_->PlanSweep(Spec());
  ASSERT_TRUE(preview.ok()) << preview.status();
  ASSERT_EQ(preview->costs.size(), preview->experiments.size());
  double seconds = 0;
  for (size_t i = 0; i < preview->costs.size(); ++i) {
    EXPECT_EQ(preview->costs[i].experiment_id, preview->experiments[i].id);
    EXPECT_EQ(preview->costs[i].terms.size(), 12u);
    seconds += preview->costs[i].seconds;
  }
  EXPECT_DOUBLE_EQ(preview->slot_seconds, seconds);
  ASSERT_EQ(preview->flop_totals.size(), 5u);
  EXPECT_EQ(preview->flop_totals[0].first, "six_nd");
  EXPECT_DOUBLE_EQ(preview->flop_totals[0].second, preview->total_flops);
  EXPECT_EQ(preview->flop_count, "six_nd");
  EXPECT_NEAR(preview->prior.coefficient * 1e6 / std::sqrt(1e12 / 120), 1, 1e-9);
  EXPECT_THAT(preview->notes, Contains(HasSubstr("no worker yet")));
}

TEST_F(SweepVerbs, TimeIsThatOfTheLastOnTheSlotsThereAre) {
  Call("w", 0);  // two CPU slots
  SweepSpec spec = Spec();
  spec.recipe.device = "cpu";
  const auto preview = coordinator_->PlanSweep(spec);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->slots, 2);
  EXPECT_EQ(preview->device_kind, "cpu");
  EXPECT_LT(preview->estimated_seconds, preview->slot_seconds);
  EXPECT_GE(preview->estimated_seconds, preview->slot_seconds / 2);
}

TEST_F(SweepVerbs, AnEarlierFitIsAPrior) {
  Create("first");
  TrainAll();
  const Fit fit = *coordinator_->GetFit("first");
  SweepSpec spec = Spec();
  spec.compute.max_flops = 1e15;
  spec.prior.sweep = "first";
  const auto preview = coordinator_->PlanSweep(spec);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->prior.coefficient, fit.n_opt.coefficient_k);
  EXPECT_EQ(preview->prior.exponent, fit.n_opt.exponent_a);
  EXPECT_THAT(preview->prior.origin, HasSubstr("of sweep "));
  const auto created = coordinator_->CreateSweep("second", spec, false);
  ASSERT_TRUE(created.ok()) << created.status();
  const auto page = coordinator_->ListExperiments("second", {});
  // The middle one of the largest budget's five.
  EXPECT_NEAR(page->experiments.at(page->experiments.size() - 3).target_parameters /
                  (fit.n_opt.coefficient_k * std::pow(1e15, fit.n_opt.exponent_a)),
              1, 1e-9);
}

TEST_F(SweepVerbs, APriorWithoutAFitIsAnErrorThatSaysSo) {
  Create("first");
  SweepSpec spec = Spec();
  spec.prior.sweep = "first";
  EXPECT_TRUE(absl::IsNotFound(coordinator_->PlanSweep(spec).status()));
  spec.prior.sweep = "frist";
  EXPECT_THAT(coordinator_->PlanSweep(spec).status().message(), HasSubstr("first"));
}

SweepSpec Training(const SweepSpec& base) {
  SweepSpec spec = base;
  spec.recipe.mode = "umup_gpt";
  spec.recipe.device = "cpu";
  spec.dataset.tokens = 1'000'000'000'000;
  spec.recipe.batch_size = 64;
  spec.tokens.min_steps = 1;
  spec.recipe.shape.seq_len = 512;
  return spec;
}

// A sweep created before any worker was known must not become another one when a worker too
// small for its largest models turns up.
TEST_F(SweepVerbs, WhatDoesNotFitTheWorkersIsLeftOutButASweepThatExistsIsTakenUp) {
  const SweepSpec spec = Training(Spec());
  const Sweep all = Create("before", spec);
  WorkerReport report;
  report.worker.id = "small";
  report.worker.name = "small";
  report.worker.incarnation = "1";
  report.worker.devices = {{"cpu", "cpu", "CPU", 1e9, 2}};
  ASSERT_TRUE(coordinator_->SynchronizeWorker(report).ok());
  const auto preview = coordinator_->PlanSweep(spec);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->device_memory_bytes, 5e8);
  EXPECT_LT(static_cast<int>(preview->experiments.size()), all.counts.Total());
  EXPECT_THAT(preview->dropped.back().reason, HasSubstr("a device has 0.5 GB for a trainer"));
  EXPECT_EQ(Create("before", spec).id, all.id);
  EXPECT_LT(Create("after", spec).counts.Total(), all.counts.Total());
}

TEST_F(SweepVerbs, WhatIsProposedNextIsTrainedInASweepThatTakesTheRestOver) {
  const Sweep first = Create("first");
  EXPECT_EQ(coordinator_->PlanNext("first", Spec(), {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  // The fixture's losses lie on the law exactly; an interval needs noise.
  WorkerOrders orders = Call("w", 2);
  for (int round = 1; !orders.leases.empty(); ++round) {
    std::vector<AttemptReport> reports;
    for (const Lease& lease : orders.leases) {
      reports.push_back(Finished(lease));
      reports.back().result->final_val_loss *= 1 + 0.002 * std::sin(12.9 * lease.plan.steps);
    }
    orders = Call("w", 2, reports);
  }
  const auto next = coordinator_->PlanNext("first", Spec(), {.count = 3, .goal = "exponent"});
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->sweep_id, first.id);
  EXPECT_EQ(next->target_flops, 1e15);
  ASSERT_GE(next->experiments.size(), 3u);
  EXPECT_LT(next->interval_after, next->interval_before);
  SweepSpec spec = Spec();
  for (const NextExperiment& one : next->experiments) spec.compute.extra_cells.push_back(one.cell);
  const auto second = coordinator_->CreateSweep("second", spec, false);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->sweep.counts.finished, first.counts.Total());
  EXPECT_EQ(second->sweep.counts.waiting, static_cast<int>(next->experiments.size()));
  EXPECT_TRUE(coordinator_->GetExperiment("second", next->experiments[0].experiment.id).ok());
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
  // The fixture's runs take 6 N D / 1e10 seconds; the rate is in matrix products.
  double exact = 0, seconds = 0;
  const auto measured = coordinator_->PlanSweep(Spec());
  for (const Experiment& e : measured->experiments) {
    exact += e.plan.flops_exact;
    seconds += e.plan.flops / 1e10;
  }
  EXPECT_NEAR(measured->flops_per_second, exact / seconds, 0.35 * exact / seconds);
  EXPECT_THAT(measured->throughput_source, HasSubstr("measured over 15 finished experiments"));
  EXPECT_EQ(measured->slot_seconds, 0);
  EXPECT_EQ(coordinator_->PlanSweep(Spec())->estimated_seconds, 0);
  const Sweep second = Create("second");
  EXPECT_EQ(second.state, SweepState::kFinished);
  EXPECT_EQ(second.counts.finished, second.counts.Total());
  const auto page = coordinator_->ListExperiments("second", {{}, 1, 0});
  EXPECT_EQ(page->experiments[0].result->from_sweep, coordinator_->GetSweep("first")->id);
  EXPECT_THAT(EventKinds("second"), Contains("taken_over"));
  EXPECT_EQ(coordinator_->FitDue(), absl::OkStatus());
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
  EXPECT_EQ(coordinator_->ListSweeps()->sweeps.size(), 3u);
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
  const auto leased = coordinator_->ListExperiments("demo", {{ExperimentState::kLeased}});
  EXPECT_EQ(leased->total, 1);
  const auto page = coordinator_->ListExperiments("demo", {{}, 2, 1});
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
  EXPECT_EQ(coordinator_->GetStatistics()->schema_version, 8);
  now_ += absl::Seconds(31);
  EXPECT_EQ(coordinator_->GetStatistics()->workers_alive, 0);
}

}  // namespace
}  // namespace ff::coordinator
