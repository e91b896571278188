#include <limits>

#include "tests/server/coordinator/fixture.h"

namespace ff::coordinator {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WorkerVerbs : public CoordinatorTest {
 protected:
  Measurement Train(int64_t step, double loss) {
    Measurement m;
    m.kind = "train";
    m.step = step;
    m.loss = loss;
    return m;
  }
  Experiment Get(const Lease& lease) {
    auto experiment = coordinator_->GetExperiment("demo", lease.experiment_id);
    EXPECT_TRUE(experiment.ok()) << experiment.status();
    return *experiment;
  }
};

TEST_F(WorkerVerbs, TheLongestExperimentIsGrantedFirstWithItsWholePlan) {
  Create();
  const WorkerOrders orders = Call("w", 2);
  ASSERT_EQ(orders.leases.size(), 2u);
  EXPECT_EQ(orders.next_sync, absl::Seconds(2));
  EXPECT_EQ(orders.lease_length, absl::Seconds(30));
  const auto all = coordinator_->ListExperiments("demo", {});
  double most = 0;
  for (const Experiment& e : all->experiments) most = std::max(most, e.plan.flops);
  EXPECT_EQ(orders.leases[0].plan.flops, most);
  EXPECT_EQ(orders.leases[0].plan, Get(orders.leases[0]).plan);
  EXPECT_EQ(ExperimentId(orders.leases[0].plan), orders.leases[0].experiment_id);
  EXPECT_EQ(orders.leases[0].deadline, now_ + absl::Seconds(30));
}

TEST_F(WorkerVerbs, WhatIsReportedIsKept) {
  Create();
  const Lease lease = Call("w", 1).leases[0];
  AttemptReport report = Report(lease, "running");
  report.step = 20;
  report.measurements = {Train(10, 5), Train(20, 4)};
  report.log = "hello\n";
  Call("w", 0, {report});
  Call("w", 0, {report});  // the reply got lost: repeated as it was
  const auto page = coordinator_->ListMeasurements("demo", lease.experiment_id, 0, 0);
  ASSERT_EQ(page->measurements.size(), 2u);
  EXPECT_EQ(page->measurements[1].loss, 4);
  const auto later = coordinator_->ListMeasurements("demo", lease.experiment_id, page->last_seq, 0);
  EXPECT_TRUE(later->measurements.empty());
  EXPECT_EQ(later->last_seq, page->last_seq);
  EXPECT_EQ(coordinator_->GetLogs("demo", lease.experiment_id, {})->text, "hello\n");
  const Experiment e = Get(lease);
  EXPECT_EQ(e.state, ExperimentState::kRunning);
  EXPECT_EQ(e.current->step, 20);
  EXPECT_EQ(e.current->last_loss, 4);
}

TEST_F(WorkerVerbs, ManyPointsAreServedAsLowestHighestAndLast) {
  Create();
  const Lease lease = Call("w", 1).leases[0];
  AttemptReport report = Report(lease, "running");
  const int64_t steps = lease.plan.steps;
  ASSERT_GT(steps, 40);
  // Falling, but for a spike and a drop that nobody must miss.
  for (int64_t step = 1; step <= steps; ++step) {
    report.measurements.push_back(Train(step, 10 - static_cast<double>(step) / 1e6));
  }
  report.measurements[16].loss = 99, report.measurements[17].loss = 1;
  Measurement eval = Train(101, 3);
  eval.kind = "eval";
  report.measurements.push_back(eval);
  Call("w", 0, {report});
  const auto page = coordinator_->ListMeasurements("demo", lease.experiment_id, 0, 12);
  std::vector<int64_t> kept;
  for (const Measurement& m : page->measurements) {
    if (m.kind == "train") kept.push_back(m.step);
  }
  EXPECT_LE(kept.size(), 12u);
  EXPECT_THAT(kept, Contains(17));
  EXPECT_THAT(kept, Contains(18));
  EXPECT_EQ(kept.back(), steps);
  EXPECT_EQ(page->measurements.size(), kept.size() + 1);  // the evaluation is whole
  // By cursor: only what came later.
  const auto later =
      coordinator_->ListMeasurements("demo", lease.experiment_id, page->last_seq, 12);
  EXPECT_TRUE(later->measurements.empty());
}

TEST_F(WorkerVerbs, FinishingKeepsTheResultAndSettlesTheAttempt) {
  Create();
  const Lease lease = Call("w", 1).leases[0];
  const WorkerOrders orders = Call("w", 0, {Finished(lease)});
  EXPECT_THAT(orders.settled_attempts, ElementsAre(lease.attempt_id));
  EXPECT_TRUE(orders.leases.empty());
  const Experiment e = Get(lease);
  ASSERT_TRUE(e.result.has_value());
  EXPECT_EQ(e.result->final_val_loss, Finished(lease).result->final_val_loss);
  EXPECT_EQ(e.result->finished_at, now_);
  EXPECT_EQ(e.attempts[0].state, "finished");
  EXPECT_THAT(EventKinds("demo", lease.experiment_id), ElementsAre("leased", "finished"));
  EXPECT_THAT(Call("w", 0, {Finished(lease)}).settled_attempts, ElementsAre(lease.attempt_id));
}

TEST_F(WorkerVerbs, SilenceLosesTheLeaseAndALateFinishStillCounts) {
  Create();
  now_ += absl::Seconds(100);  // past the grace after the start
  const Lease old = Call("w", 1).leases[0];
  Call("w", 0, {Report(old, "running")});
  now_ += absl::Seconds(30);
  ASSERT_TRUE(coordinator_->ExpireLeases().ok());
  EXPECT_EQ(Get(old).state, ExperimentState::kRunning);
  now_ += absl::Seconds(1);
  ASSERT_TRUE(coordinator_->ExpireLeases().ok());
  EXPECT_EQ(Get(old).state, ExperimentState::kWaiting);
  EXPECT_EQ(Get(old).attempts[0].failure->kind, "lost");
  const Lease newer = Call("v", 1).leases[0];
  ASSERT_EQ(newer.experiment_id, old.experiment_id);
  EXPECT_EQ(newer.epoch, 2);
  // Its stale measurements do not count, its result does.
  AttemptReport stale = Report(old, "running");
  stale.measurements = {Train(5, 1)};
  EXPECT_TRUE(Call("w", 0, {stale}).leases.empty());
  EXPECT_TRUE(
      coordinator_->ListMeasurements("demo", old.experiment_id, 0, 0)->measurements.empty());
  Call("w", 0, {Finished(old)});
  EXPECT_EQ(Get(old).state, ExperimentState::kFinished);
  EXPECT_EQ(Get(old).attempts[1].state, "cancelled");
  EXPECT_TRUE(Call("v", 0, {Report(newer, "running")}).leases.empty());
}

TEST_F(WorkerVerbs, AfterARestartNoLeaseExpiresBeforeTheGrace) {
  Create();
  const Lease lease = Call("w", 1).leases[0];
  Call("w", 0, {Report(lease, "running")});
  now_ += absl::Hours(1);
  Restart();
  now_ += absl::Seconds(59);
  ASSERT_TRUE(coordinator_->ExpireLeases().ok());
  EXPECT_EQ(Get(lease).state, ExperimentState::kRunning);
  // The worker calls in time, and nothing happened to it.
  const WorkerOrders kept = Call("w", 0, {Report(lease, "running")});
  ASSERT_EQ(kept.leases.size(), 1u);
  EXPECT_EQ(kept.leases[0].plan, Plan());  // which it has
  now_ += absl::Seconds(32);
  ASSERT_TRUE(coordinator_->ExpireLeases().ok());
  EXPECT_EQ(Get(lease).state, ExperimentState::kWaiting);
}

TEST_F(WorkerVerbs, ALostReplyIsOfferedAgain) {
  Create();
  const Lease lost = Call("w", 1).leases[0];
  const WorkerOrders again = Call("w", 1);
  ASSERT_EQ(again.leases.size(), 1u);
  EXPECT_EQ(again.leases[0].attempt_id, lost.attempt_id);
  EXPECT_EQ(again.leases[0].plan, lost.plan);
  // A new life of the worker gets a new lease.
  const WorkerOrders anew = Call("w", 1, {}, "2");
  ASSERT_EQ(anew.leases.size(), 1u);
  EXPECT_NE(anew.leases[0].attempt_id, lost.attempt_id);
  EXPECT_THAT(EventKinds(""), Contains("worker_restarted"));
}

TEST_F(WorkerVerbs, FailuresAreRetriedThenFinal) {
  Create("demo", Spec(1));
  Lease lease = Call("w", 1).leases[0];
  const std::string id = lease.experiment_id;
  Call("w", 0, {Failed(lease, "crashed")});
  EXPECT_EQ(Get(lease).state, ExperimentState::kWaiting);
  EXPECT_EQ(Get(lease).failure->kind, "crashed");
  lease = Call("w", 1).leases[0];
  ASSERT_EQ(lease.experiment_id, id);
  Call("w", 0, {Failed(lease, "crashed")});  // max_retries is 1
  EXPECT_EQ(Get(lease).state, ExperimentState::kFailed);
  TrainAll();
  EXPECT_EQ(coordinator_->GetSweep("demo")->state, SweepState::kFinished);

  const auto retried = coordinator_->RetryExperiment("demo", "");
  ASSERT_TRUE(retried.ok()) << retried.status();
  ASSERT_EQ(retried->size(), 1u);
  EXPECT_EQ(retried->front().state, ExperimentState::kWaiting);
  EXPECT_EQ(coordinator_->GetSweep("demo")->state, SweepState::kActive);
  EXPECT_EQ(coordinator_->GetSweep("demo")->finished_at, absl::InfiniteFuture());
  EXPECT_TRUE(absl::IsFailedPrecondition(coordinator_->RetryExperiment("demo", id).status()));
  EXPECT_EQ(Call("w", 1).leases[0].epoch, 3);
}

TEST_F(WorkerVerbs, AFinishWithoutAUsableResultIsAFailure) {
  Create();
  const WorkerOrders two = Call("w", 2);
  AttemptReport empty = Report(two.leases[0], "finished");
  AttemptReport nan = Finished(two.leases[1]);
  nan.result->final_train_loss = std::numeric_limits<double>::quiet_NaN();
  Call("w", 0, {empty, nan});
  EXPECT_EQ(Get(two.leases[0]).failure->kind, "internal");
  EXPECT_EQ(Get(two.leases[0]).state, ExperimentState::kWaiting);
  EXPECT_EQ(Get(two.leases[1]).failure->kind, "diverged");
  EXPECT_EQ(Get(two.leases[1]).state, ExperimentState::kFailed);
}

TEST_F(WorkerVerbs, ACheckpointMakesAWorkerHome) {
  Create();
  AttemptReport report = Report(Call("w", 1).leases[0], "running");
  const std::string id = Call("w", 0, {report}).leases[0].experiment_id;
  report.checkpoint_step = 50;
  Call("w", 0, {report});
  report.state = "stopped";
  Call("w", 0, {report});
  Call("w", 0);
  // w has no free slot, so v gets it, and not the next in line.
  EXPECT_EQ(Call("v", 1).leases[0].experiment_id, id);
  EXPECT_THAT(EventKinds("demo", id),
              ElementsAre("leased", "started", "checkpointed", "stopped", "leased"));
}

TEST_F(WorkerVerbs, CallsThatMakeNoSenseAreRefused) {
  WorkerReport nobody;
  EXPECT_TRUE(absl::IsInvalidArgument(coordinator_->SynchronizeWorker(nobody).status()));
  nobody.worker.id = nobody.worker.incarnation = "x";
  Lease unknown;
  unknown.attempt_id = 77;
  nobody.attempts = {Report(unknown, "dancing")};
  const absl::Status status = coordinator_->SynchronizeWorker(nobody).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("dancing"));
  nobody.attempts = {Report(unknown, "finished")};  // nobody knows it: forget it
  EXPECT_THAT(coordinator_->SynchronizeWorker(nobody)->settled_attempts, ElementsAre(77));
}

TEST_F(WorkerVerbs, WorkersAreListedWithWhatTheyDo) {
  Create();
  const Lease lease = Call("w", 1).leases[0];
  now_ += absl::Seconds(5);
  Call("w", 0, {Report(lease, "running")});
  const Worker w = coordinator_->ListWorkers()->front();
  EXPECT_TRUE(w.alive);
  EXPECT_THAT(w.experiment_ids, ElementsAre(lease.experiment_id));
  EXPECT_EQ(w.first_seen, now_ - absl::Seconds(5));
  now_ += absl::Seconds(31);
  EXPECT_FALSE(coordinator_->ListWorkers()->front().alive);
}

TEST_F(WorkerVerbs, LogsOfWhatWasNeverTriedAreNotFound) {
  Create();
  const std::string id = coordinator_->ListExperiments("demo", {{}, 1, 0})->experiments[0].id;
  EXPECT_TRUE(absl::IsNotFound(coordinator_->GetLogs("demo", id, {}).status()));
  const Lease lease = Call("w", 1).leases[0];
  EXPECT_TRUE(absl::IsNotFound(coordinator_->GetLogs("demo", lease.experiment_id, {99}).status()));
}

}  // namespace
}  // namespace ff::coordinator
