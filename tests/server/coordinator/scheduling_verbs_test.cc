// Cadence, retry budgets, quarantine, drain, priorities, labels, the cache and a full disk, through
// the coordinator's verbs on a real database.
#include "server/scheduler/failure_rules.h"
#include "tests/server/coordinator/fixture.h"

namespace ff::coordinator {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SchedulingVerbs : public CoordinatorTest {
 protected:
  void RestartWith(Options options) {
    options.restart_grace = absl::ZeroDuration();
    coordinator_ = std::make_unique<Coordinator>(store_.get(), options, [this] { return now_; });
  }
  // For the trainer whose memory is known; stand-ins take what they take.
  void CreateReal() {
    SweepSpec spec = Spec();
    spec.recipe.mode = "umup_gpt";
    spec.dataset = {.path = "text", .format = "bytes", .fingerprint = "f", .tokens = 40'000'000};
    Create("demo", spec);
  }
  Experiment Get(const Lease& lease) {
    auto experiment = coordinator_->GetExperiment(lease.sweep_id, lease.experiment_id);
    EXPECT_TRUE(experiment.ok()) << experiment.status();
    return *experiment;
  }
  WorkerOrders CallAs(Worker worker, int free, std::vector<AttemptReport> reports = {}) {
    worker.name = worker.id;
    worker.incarnation = "1";
    if (worker.devices.empty()) worker.devices = {{"cpu", "cpu", "CPU", 8e9, 2}};
    auto orders = coordinator_->SynchronizeWorker({worker, free, std::move(reports)});
    EXPECT_TRUE(orders.ok()) << orders.status();
    return orders.value_or(WorkerOrders());
  }
};

TEST_F(SchedulingVerbs, TheCadenceGrowsWithTheNumberOfWorkers) {
  Options options;
  options.sync_interval = absl::Seconds(10);
  options.max_syncs_per_second = 2;
  RestartWith(options);
  EXPECT_EQ(Call("w0", 0).next_sync, absl::Seconds(10));
  for (int i = 0; i < 60; ++i) Call("w" + std::to_string(i), 0);
  now_ += absl::Seconds(1);
  ASSERT_TRUE(coordinator_->ExpireLeases().ok());
  const WorkerOrders orders = Call("w0", 0);
  EXPECT_EQ(orders.next_sync, absl::Seconds(30));
  EXPECT_EQ(orders.lease_length, absl::Seconds(90));
  now_ += absl::Hours(1);  // 59 of them are gone
  Call("w0", 0);
  ASSERT_TRUE(coordinator_->ExpireLeases().ok());
  EXPECT_EQ(Call("w0", 0).next_sync, absl::Seconds(10));
}

TEST_F(SchedulingVerbs, AClockThatWasAheadBeforeTheRestartKeepsNoLeaseAlive) {
  Create();
  now_ += absl::Hours(2);
  const Lease lease = Call("w", 1).leases[0];
  now_ -= absl::Hours(2);
  RestartWith({});
  ASSERT_TRUE(coordinator_->ExpireLeases().ok());
  now_ += absl::Seconds(31);
  ASSERT_TRUE(coordinator_->ExpireLeases().ok());
  EXPECT_EQ(Get(lease).state, ExperimentState::kWaiting);
}

TEST_F(SchedulingVerbs, RulesAndPausesDecideOnTheNextAttempt) {
  Options options;
  options.max_retries = 1;
  options.backoff = absl::Seconds(10);
  options.failure_rules =
      *scheduler::ParseFailureRules({"exit 75 -> infrastructure", "log bad magic number -> never"});
  RestartWith(options);
  Create("demo", Spec(1));
  const auto fail = [](const Lease& lease, int exit_code, const std::string& message) {
    AttemptReport report = Report(lease, "failed");
    report.failure = Failure{"crashed", message, exit_code};
    return report;
  };
  // Not counted, and waits for nothing.
  Lease lease = Call("w", 1).leases[0];
  const std::string id = lease.experiment_id;
  for (int i = 0; i < 3; ++i) {
    Call("w", 0, {fail(lease, 75, "temporary")});
    EXPECT_EQ(Get(lease).state, ExperimentState::kWaiting);
    lease = Call("w", 1).leases[0];
    ASSERT_EQ(lease.experiment_id, id);
  }
  // Counted, after a pause.
  Call("w", 0, {fail(lease, 1, "segmentation fault")});
  EXPECT_NE(Call("w", 1).leases[0].experiment_id, id);
  now_ += absl::Seconds(10);
  const auto orders = Call("v", 1);
  ASSERT_EQ(orders.leases.size(), 1u);
  EXPECT_EQ(orders.leases[0].experiment_id, id);
  // Never, whatever is left.
  Call("v", 0, {fail(orders.leases[0], 1, "its last words were:\nbad magic number 7")});
  EXPECT_EQ(Get(lease).state, ExperimentState::kFailed);
}

TEST(FailureRules, SayWhatIsWrongWithThem) {
  for (const char* text : {"exit 75", "exit many -> never", "exit 0 -> never", "log ( -> never",
                           "log .* -> never", "exit 1 -> sometimes", "signal 9 -> never"}) {
    const auto rules = scheduler::ParseFailureRules({text});
    ASSERT_FALSE(rules.ok()) << text;
    EXPECT_THAT(std::string(rules.status().message()), HasSubstr(text));
  }
  const auto rules = scheduler::ParseFailureRules({"log a -> b -> application"});
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_EQ(scheduler::BudgetOf({"bad_plan", "say a -> b"}, *rules),
            scheduler::Budget::kApplication);
  EXPECT_EQ(scheduler::BudgetOf({"bad_plan", "say b"}, *rules), scheduler::Budget::kNever);
}

TEST_F(SchedulingVerbs, LackOfMemoryIsTriedOnceMoreWithHalfTheMicroBatch) {
  SweepSpec spec = Spec(1);
  spec.recipe.batch_size = 12;
  spec.recipe.accumulation_steps = 2;
  Create("demo", spec);
  const Lease first = Call("w", 1).leases[0];
  ASSERT_EQ(first.plan.accumulation_steps, 2);
  Call("w", 0, {Failed(first, "out_of_memory")});
  const Lease second = Call("w", 1).leases[0];
  ASSERT_EQ(second.experiment_id, first.experiment_id);
  EXPECT_EQ(second.plan.accumulation_steps, 4);
  EXPECT_EQ(second.plan.batch_size, first.plan.batch_size);
  Call("w", 0, {Failed(second, "out_of_memory")});
  EXPECT_EQ(Get(second).state, ExperimentState::kFailed);
}

TEST_F(SchedulingVerbs, ABlackHoleIsQuarantinedAndUncordoned) {
  Options options;
  options.quarantine_after = 3;
  RestartWith(options);
  Create();
  for (int i = 0; i < 3; ++i) {
    const WorkerOrders orders = Call("hole", 1);
    ASSERT_EQ(orders.leases.size(), 1u) << i;
    Call("hole", 0, {Failed(orders.leases[0], "crashed")});
  }
  EXPECT_TRUE(Call("hole", 1).leases.empty());
  EXPECT_EQ(Call("sound", 1).leases.size(), 1u);
  const Worker worker = coordinator_->ListWorkers()->front();
  EXPECT_THAT(worker.devices[0].cordoned, HasSubstr("3 attempts in a row"));
  EXPECT_THAT(worker.devices[0].cordoned, HasSubstr("as the test wants"));
  EXPECT_THAT(EventKinds(""), Contains("worker_quarantined"));
  Restart();  // it is remembered
  EXPECT_TRUE(Call("hole", 1).leases.empty());
  EXPECT_TRUE(absl::IsFailedPrecondition(coordinator_->UncordonWorker("sound", "").status()));
  EXPECT_TRUE(absl::IsNotFound(coordinator_->UncordonWorker("nobody", "").status()));
  const auto back = coordinator_->UncordonWorker("hole", "cpu");
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->devices[0].cordoned, "");
  EXPECT_EQ(Call("hole", 1).leases.size(), 1u);
}

TEST_F(SchedulingVerbs, ADeviceThatItsHostCallsBrokenGetsNothing) {
  Create();
  Worker worker;
  worker.id = "w";
  worker.devices = {{"cuda:0", "cuda", "GPU", 8e9, 1}, {"cuda:1", "cuda", "GPU", 8e9, 1}};
  for (Device& d : worker.devices) d.free_slots = 1, d.free_memory_bytes = 8e9;
  worker.devices[0].fault = "Xid 79 (the GPU has fallen off the bus)";
  const WorkerOrders orders = CallAs(worker, 2);
  ASSERT_EQ(orders.leases.size(), 1u);
  EXPECT_EQ(orders.leases[0].device_id, "cuda:1");
  EXPECT_EQ(Get(orders.leases[0]).attempts[0].device_id, "cuda:1");
  EXPECT_THAT(coordinator_->ListWorkers()->front().devices[0].cordoned, HasSubstr("Xid 79"));
}

TEST_F(SchedulingVerbs, ADrainedWorkerIsToldByWhenAndGetsNothingNew) {
  Create();
  const Lease lease = Call("w", 1).leases[0];
  EXPECT_FALSE(Call("w", 0, {Report(lease, "running")}).drain.has_value());
  ASSERT_TRUE(coordinator_->DrainWorker("w", absl::Seconds(60)).ok());
  now_ += absl::Seconds(10);
  const WorkerOrders orders = Call("w", 1, {Report(lease, "running")});
  EXPECT_EQ(orders.leases.size(), 1u);  // what it has, and nothing new
  EXPECT_EQ(orders.drain, absl::Seconds(50));
  EXPECT_EQ(coordinator_->ListWorkers()->front().cordoned, "drained by a user");
  Call("w", 1, {Report(lease, "stopped")});
  EXPECT_EQ(Get(lease).state, ExperimentState::kWaiting);
  EXPECT_EQ(Call("v", 1).leases[0].experiment_id, lease.experiment_id);
  ASSERT_TRUE(coordinator_->DrainWorker("v", absl::InfiniteDuration()).ok());
  EXPECT_FALSE(Call("v", 0, {}).drain.has_value());  // all goes on to its end
  ASSERT_TRUE(coordinator_->UncordonWorker("w", "").ok());
  EXPECT_EQ(Call("w", 1).leases.size(), 1u);
}

TEST_F(SchedulingVerbs, PrioritiesLabelsModesAndBoundsTakeEffectWithTheNextCall) {
  const Sweep first = Create("first");
  SweepSpec other = Spec();
  other.recipe.seed = 99;
  other.scheduling.labels = {"pool=big"};
  const Sweep second = Create("second", other);
  EXPECT_EQ(Call("w", 1).leases[0].sweep_id, first.id);
  const auto set = coordinator_->UpdateSweep("second", {.priority = 5, .max_running = 1});
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->scheduling.priority, 5);
  EXPECT_EQ(set->scheduling.labels, other.scheduling.labels);
  EXPECT_EQ(Call("u", 1).leases[0].sweep_id, first.id);  // it lacks the label
  Worker big;
  big.id = "big", big.labels = {"site=north", "pool=big"};
  const WorkerOrders orders = CallAs(big, 2);
  ASSERT_EQ(orders.leases.size(), 2u);
  EXPECT_EQ(orders.leases[0].sweep_id, second.id);
  EXPECT_EQ(orders.leases[1].sweep_id, first.id);  // max_running is reached
  Worker fussy;
  fussy.id = "fussy", fussy.modes = {"a mode that no plan has"};
  EXPECT_TRUE(CallAs(fussy, 1).leases.empty());
  EXPECT_TRUE(absl::IsInvalidArgument(coordinator_->UpdateSweep("second", {.weight = 0}).status()));
  EXPECT_THAT(EventKinds("second"), Contains("rescheduled"));
}

TEST_F(SchedulingVerbs, WhatDoesNotFitInTheMemoryIsLeftToAnotherWorker) {
  CreateReal();
  const auto all = coordinator_->ListExperiments("demo", {})->experiments;
  double most = 0;
  for (const Experiment& e : all) most = std::max(most, e.plan.estimated_memory_bytes);
  ASSERT_GT(most, 0);
  Worker tight;
  tight.id = "tight", tight.devices = {{"cpu", "cpu", "CPU", most * 0.999, 1}};
  const WorkerOrders orders = CallAs(tight, 1);
  ASSERT_EQ(orders.leases.size(), 1u);
  EXPECT_LT(orders.leases[0].plan.estimated_memory_bytes, most);
}

TEST_F(SchedulingVerbs, TheCacheAnswersUnlessItIsNotWanted) {
  Create("one");
  TrainAll();
  const Sweep cached = Create("two");
  EXPECT_EQ(cached.state, SweepState::kFinished);
  const auto fresh = coordinator_->CreateSweep("two", Spec(), false, /*no_cache=*/true);
  ASSERT_TRUE(fresh.ok()) << fresh.status();
  EXPECT_TRUE(fresh->created);
  EXPECT_NE(fresh->sweep.id, cached.id);
  EXPECT_EQ(fresh->sweep.counts.waiting, fresh->sweep.counts.Total());
  EXPECT_TRUE(fresh->sweep.no_cache);
  TrainAll();
  EXPECT_EQ(coordinator_->GetSweep(fresh->sweep.id)->state, SweepState::kFinished);
  // Results of another version of the code are not the same content.
  Options newer;
  newer.version = "2";
  RestartWith(newer);
  Worker w;
  w.id = "w2", w.version = "2";
  const Sweep third = Create("three");
  EXPECT_EQ(third.state, SweepState::kFinished);  // those of unknown version count
}

TEST_F(SchedulingVerbs, ResultsOfAnotherVersionAreTrainedAgain) {
  Create("one", Spec(1));
  Worker worker;
  worker.id = "w", worker.version = "1";
  WorkerOrders orders = CallAs(worker, 2);
  while (!orders.leases.empty()) {
    std::vector<AttemptReport> reports;
    for (const Lease& lease : orders.leases) reports.push_back(Finished(lease));
    orders = CallAs(worker, 2, reports);
  }
  Options same, newer;
  same.version = "1", newer.version = "2";
  RestartWith(same);
  EXPECT_EQ(Create("two", Spec(1)).state, SweepState::kFinished);
  RestartWith(newer);
  EXPECT_EQ(Create("three", Spec(1)).counts.finished, 0);
}

TEST_F(SchedulingVerbs, WithoutRoomNothingNewIsGivenAndWhatRunsIsKept) {
  bool room = true;
  Options options;
  options.may_grant = [&room] { return room; };
  RestartWith(options);
  Create();
  const Lease lease = Call("w", 1).leases[0];
  room = false;
  EXPECT_TRUE(Call("v", 1).leases.empty());
  EXPECT_EQ(Call("w", 0, {Report(lease, "running")}).leases.size(), 1u);
  Call("w", 0, {Finished(lease)});
  EXPECT_EQ(Get(lease).state, ExperimentState::kFinished);
  room = true;
  EXPECT_EQ(Call("v", 1).leases.size(), 1u);
}

TEST_F(SchedulingVerbs, ASweepThatFitsNoWorkerSaysWhy) {
  CreateReal();
  EXPECT_EQ(coordinator_->GetSweep("demo")->waiting_reason, "");  // a worker may be on its way
  now_ += absl::Seconds(20);
  EXPECT_THAT(coordinator_->GetSweep("demo")->waiting_reason, HasSubstr("no worker is alive"));
  Worker small;
  small.id = "small";
  small.devices = {{"cpu", "cpu", "CPU", 1e3, 2}};
  EXPECT_TRUE(CallAs(small, 1).leases.empty());
  const std::string why = coordinator_->ListSweeps()->sweeps.at(0).waiting_reason;
  EXPECT_THAT(why, HasSubstr("waiting experiments cannot be placed"));
  EXPECT_THAT(why, HasSubstr("the largest device has"));
  Call("large", 0);
  EXPECT_EQ(coordinator_->GetSweep("demo")->waiting_reason, "");
  ASSERT_TRUE(coordinator_->DrainWorker("large", absl::ZeroDuration()).ok());
  EXPECT_THAT(coordinator_->GetSweep("demo")->waiting_reason, HasSubstr("ffctl worker uncordon"));
  ASSERT_TRUE(coordinator_->PauseSweep("demo").ok());
  EXPECT_EQ(coordinator_->GetSweep("demo")->waiting_reason, "");  // it is a user who keeps it
}

TEST_F(SchedulingVerbs, AStoredCheckpointGoesToWhoeverGoesOn) {
  Create();
  const Lease lease = Call("w", 1).leases[0];
  AttemptReport report = Report(lease, "running");
  report.step = 12, report.checkpoint_step = 10;
  report.stored_checkpoint = StoredCheckpoint{10, {{"state.pt", std::string(64, 'a'), 5}}};
  Call("w", 0, {report});
  report.state = "stopped";
  Call("w", 1, {report});
  const Lease next = Call("v", 1).leases[0];  // although w is free and has it on its disk
  ASSERT_EQ(next.experiment_id, lease.experiment_id);
  ASSERT_TRUE(next.stored_checkpoint.has_value());
  EXPECT_EQ(next.stored_checkpoint->step, 10);
  EXPECT_EQ(next.stored_checkpoint->files[0].name, "state.pt");
  const auto stored = [&] {
    std::vector<std::string> files;
    EXPECT_TRUE(store_
                    ->Read([&](storage::View& view) -> absl::Status {
                      files = *view.ListStoredFiles();
                      return absl::OkStatus();
                    })
                    .ok());
    return files;
  };
  EXPECT_THAT(stored(), ElementsAre(std::string(64, 'a')));
  Call("v", 0, {Finished(next)});
  EXPECT_TRUE(stored().empty());  // of a finished experiment nothing is kept
}

}  // namespace
}  // namespace ff::coordinator
