// Deleting, changes on a condition, requests that are repeated, samples of devices.
#include "server/coordinator/system_sampler.h"
#include "tests/server/coordinator/fixture.h"

namespace ff::coordinator {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ChangeVerbs : public CoordinatorTest {};

TEST_F(ChangeVerbs, ASweepIsDeletedOnceNothingOfItRuns) {
  const Sweep sweep = Create();
  const Lease lease = Call("w", 1).leases[0];
  const absl::Status busy = coordinator_->DeleteSweep("demo", {}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(busy));
  EXPECT_THAT(std::string(busy.message()), HasSubstr("1 experiment of sweep"));
  EXPECT_THAT(std::string(busy.message()), HasSubstr("ffctl sweep cancel"));
  Call("w", 0, {Finished(lease)});
  EXPECT_THAT(std::string(coordinator_->DeleteSweep("demo", {}).status().message()),
              HasSubstr("is active"));
  ASSERT_TRUE(coordinator_->CancelSweep("demo").ok());
  const auto planned = coordinator_->DeleteSweep("demo", {.dry_run = true});
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_FALSE(planned->done);
  EXPECT_EQ(planned->experiments, sweep.counts.Total());
  EXPECT_EQ(planned->results, 1);
  EXPECT_EQ(coordinator_->ListSweeps()->total, 1);
  const auto gone = coordinator_->DeleteSweep("demo", {.by = "ann: not needed"});
  ASSERT_TRUE(gone.ok()) << gone.status();
  EXPECT_TRUE(gone->done);
  EXPECT_EQ(coordinator_->ListSweeps()->total, 0);
  const std::vector<Event> events = *coordinator_->ListEvents("", "", {});
  EXPECT_THAT(events.back().message, HasSubstr("by ann: not needed"));
  // What a worker still says of it changes nothing.
  EXPECT_THAT(Call("w", 1, {Report(lease, "running")}).leases, IsEmpty());
  // The same again is trained anew: its result is gone, too.
  Create();
  EXPECT_EQ(coordinator_->GetSweep("demo")->counts.finished, 0);
}

TEST_F(ChangeVerbs, AnExperimentIsDeletedOutOfASweep) {
  const Sweep sweep = Create();
  const Lease lease = Call("w", 1).leases[0];
  EXPECT_TRUE(absl::IsFailedPrecondition(
      coordinator_->DeleteExperiment("demo", lease.experiment_id, {}).status()));
  Call("w", 0, {Finished(lease)});
  EXPECT_EQ(coordinator_->DeleteExperiment("demo", lease.experiment_id, {.dry_run = true})->results,
            1);
  ASSERT_TRUE(coordinator_->DeleteExperiment("demo", lease.experiment_id, {}).ok());
  EXPECT_EQ(coordinator_->GetSweep("demo")->counts.Total(), sweep.counts.Total() - 1);
  EXPECT_THAT(EventKinds("demo"), Contains("experiment_deleted"));
  // With the last one that was open the sweep is over; the only one is not deleted alone.
  auto page = coordinator_->ListExperiments("demo", {});
  for (size_t i = 1; i < page->experiments.size(); ++i) {
    ASSERT_TRUE(coordinator_->DeleteExperiment("demo", page->experiments[i].id, {}).ok());
  }
  const std::string last = page->experiments[0].id;
  EXPECT_TRUE(
      absl::IsFailedPrecondition(coordinator_->DeleteExperiment("demo", last, {}).status()));
}

TEST_F(ChangeVerbs, DeletingTheLastOpenExperimentEndsTheSweep) {
  Create();
  Train(1);
  auto open = coordinator_->ListExperiments(
      "demo", {{ExperimentState::kWaiting, ExperimentState::kLeased}});
  ASSERT_TRUE(coordinator_->PauseSweep("demo").ok());
  for (const Lease& lease : Call("w", 0).leases) Call("w", 0, {Finished(lease)});
  ASSERT_TRUE(coordinator_->ResumeSweep("demo").ok());
  for (const Experiment& one : open->experiments) {
    const auto now = coordinator_->GetExperiment("demo", one.id);
    if (now->state != ExperimentState::kWaiting) continue;
    ASSERT_TRUE(coordinator_->DeleteExperiment("demo", one.id, {}).ok());
  }
  EXPECT_EQ(coordinator_->GetSweep("demo")->state, SweepState::kFinished);
}

// Two operators look at a sweep; one pauses it; the other's change is of what no longer is.
TEST_F(ChangeVerbs, AChangeOnAConditionIsRefusedOnceTheSweepHasChanged) {
  const int64_t seen = Create().version;
  ASSERT_TRUE(coordinator_->PauseSweep("demo", "ann", seen).ok());
  for (const absl::Status& late :
       {coordinator_->CancelSweep("demo", "bob", seen).status(),
        coordinator_->ResumeSweep("demo", "bob", seen).status(),
        coordinator_
            ->UpdateSweep("demo", {.priority = 1, .max_running = {}, .weight = {}}, "bob", seen)
            .status(),
        coordinator_->DeleteSweep("demo", {.by = "bob", .if_version = seen}).status()}) {
    EXPECT_TRUE(absl::IsAborted(late)) << late;
    EXPECT_THAT(std::string(late.message()), HasSubstr("at version 2, not 1"));
  }
  EXPECT_EQ(coordinator_->GetSweep("demo")->state, SweepState::kPaused);
  EXPECT_TRUE(coordinator_->ResumeSweep("demo", "bob", seen + 1).ok());
  EXPECT_TRUE(coordinator_->PauseSweep("demo").ok());
}

// An answer that got lost: the client asks again and had two sweeps.
TEST_F(ChangeVerbs, ARepeatedRequestMakesOneSweep) {
  const auto first = coordinator_->CreateSweep("demo", Spec(), true, true, "request 1");
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = coordinator_->CreateSweep("demo", Spec(), true, true, "request 1");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sweep.id, first->sweep.id);
  EXPECT_TRUE(again->created);
  EXPECT_EQ(coordinator_->ListSweeps()->total, 1);
  EXPECT_NE(coordinator_->CreateSweep("demo", Spec(), true, true, "request 2")->sweep.id,
            first->sweep.id);
  EXPECT_TRUE(absl::IsInvalidArgument(
      coordinator_->CreateSweep("demo", Spec(), false, false, std::string(101, 'x')).status()));
}

TEST_F(ChangeVerbs, WorkersShowWhatTheyHoldUntilWhen) {
  Create();
  const Lease lease = Call("w", 1).leases[0];
  const Worker worker = coordinator_->ListWorkers()->front();
  ASSERT_THAT(worker.attempts, SizeIs(1));
  EXPECT_EQ(worker.attempts[0].experiment_id, lease.experiment_id);
  EXPECT_EQ(worker.attempts[0].deadline, lease.deadline);
}

TEST_F(ChangeVerbs, WhatAWorkerSaysOfItsDeviceIsKept) {
  Create();
  const Lease lease = Call("w", 1).leases[0];
  AttemptReport report = Report(lease, "running");
  report.device_id = "cpu", report.memory_bytes = 1e9, report.utilization = 0.5;
  Call("w", 0, {report});
  now_ += absl::Seconds(11);
  report.memory_bytes = 3e9, report.utilization = 1;
  Call("w", 0, {report});
  auto samples = coordinator_->ListSystemSamples("demo", lease.experiment_id);
  ASSERT_TRUE(samples.ok()) << samples.status();
  ASSERT_THAT(*samples, SizeIs(1));
  EXPECT_EQ(samples->front().memory_bytes, 3e9);
  EXPECT_EQ(samples->front().utilization, 0.75);
  EXPECT_THAT(*coordinator_->ListSystemSamples("demo", lease.experiment_id, now_), IsEmpty());
}

WorkerReport Of(const std::string& state, double memory) {
  WorkerReport report;
  AttemptReport attempt;
  attempt.attempt_id = 1, attempt.state = state, attempt.memory_bytes = memory;
  report.attempts = {attempt};
  return report;
}

// A week of a report each two seconds.
TEST(SystemSampler, ALongAttemptLeavesSomeThousandSamples) {
  SystemSampler sampler;
  size_t kept = 0, of_the_first_hour = 0;
  const absl::Time start = storage::At(0);
  for (absl::Time now = start; now < start + absl::Hours(24 * 7); now += absl::Seconds(2)) {
    kept += sampler.Take(Of("running", 1), now).size();
    if (now < start + absl::Hours(1)) of_the_first_hour = kept;
  }
  EXPECT_NEAR(static_cast<double>(of_the_first_hour), 360, 40);
  EXPECT_LT(kept, 3500u);
  EXPECT_GT(kept, 1500u);
}

TEST(SystemSampler, AnAttemptThatEndsLeavesWhatThereIsAndIsForgotten) {
  SystemSampler sampler;
  EXPECT_THAT(sampler.Take(Of("running", 5), storage::At(0)), IsEmpty());
  EXPECT_THAT(sampler.Take(Of("finished", 0), storage::At(1)), SizeIs(1));
  EXPECT_THAT(sampler.Take(Of("finished", 0), storage::At(2)), IsEmpty());
  // A worker that tells nothing leaves nothing.
  EXPECT_THAT(sampler.Take(Of("running", 0), storage::At(3)), IsEmpty());
  EXPECT_THAT(sampler.Take(Of("finished", 0), storage::At(99)), IsEmpty());
}

}  // namespace
}  // namespace ff::coordinator
