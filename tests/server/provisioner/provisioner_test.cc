// The provisioner with a real coordinator and a cluster of the test's own.
#include "server/provisioner/provisioner.h"

#include "tests/server/coordinator/fixture.h"

namespace ff::provisioner {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What the cluster has, and what it was asked; outlives the provisioner.
struct World {
  std::vector<Job> jobs;
  std::vector<std::string> cancelled;
  int submissions = 0, looks = 0;
  absl::Status trouble;
};

class FakeCluster : public Cluster {
 public:
  explicit FakeCluster(World* world) : world_(world) {}
  std::string name() const override { return "slurm"; }
  absl::StatusOr<std::vector<Job>> List() override {
    ++world_->looks;
    if (!world_->trouble.ok()) return world_->trouble;
    return world_->jobs;
  }
  absl::StatusOr<std::vector<std::string>> Submit(int count) override {
    if (!world_->trouble.ok()) return world_->trouble;
    ++world_->submissions;
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      ids.push_back(absl::StrCat(world_->submissions, "_", i));
      world_->jobs.push_back({ids.back(), JobState::kPending, "Priority"});
    }
    return ids;
  }
  absl::Status Cancel(const std::vector<std::string>& ids) override {
    if (!world_->trouble.ok()) return world_->trouble;
    for (const std::string& id : ids) {
      world_->cancelled.push_back(id);
      std::erase_if(world_->jobs, [&](const Job& job) { return job.id == id; });
    }
    return absl::OkStatus();
  }

 private:
  World* const world_;
};

class ProvisionerTest : public coordinator::CoordinatorTest {
 protected:
  ProvisionerTest() {
    limits_.max = 2;
    Begin();
  }
  void Begin() {
    provisioner_ =
        std::make_unique<Provisioner>(coordinator_.get(), std::make_unique<FakeCluster>(&world_),
                                      limits_, labels_, [this] { return now_; });
  }
  void Step(absl::Duration later = absl::Seconds(15)) {
    now_ += later;
    ASSERT_EQ(provisioner_->Step(), absl::OkStatus());
  }
  // The worker of a job calls.
  WorkerOrders CallFrom(const std::string& job, int free, std::vector<AttemptReport> reports = {}) {
    WorkerReport report;
    report.worker.id = report.worker.name = "w" + job;
    report.worker.incarnation = "1";
    report.worker.devices = {{"cpu", "cpu", "CPU", 8e9, 2}};
    report.worker.labels = {"pool=a", "slurm_job=" + job};
    report.free_slots = free;
    report.attempts = std::move(reports);
    return *coordinator_->SynchronizeWorker(report);
  }
  std::vector<std::string> Messages() {
    std::vector<std::string> messages;
    const auto events = coordinator_->ListEvents("@latest", "", {});
    for (const Event& event : *events) {
      if (event.kind == "provisioning") messages.push_back(event.message);
    }
    return messages;
  }

  World world_;
  Limits limits_;
  std::vector<std::string> labels_ = {"pool=a"};
  std::unique_ptr<Provisioner> provisioner_;
};

TEST_F(ProvisionerTest, WithNothingToDoTheQueueIsLookedAtOnce) {
  for (int i = 0; i < 5; ++i) Step();
  EXPECT_EQ(world_.looks, 1);
  Create();
  Step();
  EXPECT_EQ(world_.submissions, 1);
}

TEST_F(ProvisionerTest, SubmitsForWhatWaitsAndTellsTheSweep) {
  Create();
  Step();
  EXPECT_EQ(world_.jobs.size(), 2u);
  EXPECT_THAT(Messages(), Contains(HasSubstr("slurm: submitted 1_0, 1_1")));
  Step();
  EXPECT_EQ(world_.submissions, 1);
  EXPECT_EQ(provisioner_->status().pending, 2);
  EXPECT_THAT(provisioner_->status().message, HasSubstr("2 pending (Priority: 2)"));
}

TEST_F(ProvisionerTest, SweepsThatAskForOtherLabelsOrArePausedStartNothing) {
  SweepSpec spec = Spec();
  spec.scheduling.labels = {"pool=b"};
  Create("other", spec);
  Step();
  EXPECT_EQ(world_.submissions, 0);
  Create("ours");
  ASSERT_TRUE(coordinator_->PauseSweep("ours").ok());
  Step();
  EXPECT_EQ(world_.submissions, 0);
}

TEST_F(ProvisionerTest, ASweepsOwnBoundIsKept) {
  SweepSpec spec = Spec();
  spec.scheduling.max_running = 1;
  Create("bounded", spec);
  Step();
  EXPECT_EQ(world_.jobs.size(), 1u);
}

// Neither coordinator nor provisioner remembers anything: the queue is what counts.
TEST_F(ProvisionerTest, ARestartAdoptsTheJobsThereAre) {
  Create();
  Step();
  provisioner_.reset();
  Restart();
  Begin();
  Step();
  Step();
  EXPECT_EQ(world_.submissions, 1);
}

TEST_F(ProvisionerTest, WhileTheControllerIsAwayNothingIsDoneAndItIsSaidOnce) {
  Create();
  world_.trouble = absl::UnavailableError("Unable to contact slurm controller");
  for (int i = 0; i < 5; ++i) Step();
  EXPECT_TRUE(provisioner_->status().failing);
  EXPECT_EQ(Messages().size(), 1u);
  EXPECT_THAT(Messages(), Contains(HasSubstr("Unable to contact")));
  world_.trouble = absl::OkStatus();
  Step();
  EXPECT_FALSE(provisioner_->status().failing);
  EXPECT_EQ(world_.submissions, 1);
}

TEST_F(ProvisionerTest, WhoWorksStaysWhoHasNothingGoes) {
  SweepSpec spec = Spec();
  spec.scheduling.max_running = 1;
  Create("bounded", spec);
  Step();
  world_.jobs.push_back({"9_9", JobState::kRunning});
  world_.jobs[0].state = JobState::kRunning;
  const WorkerOrders orders = CallFrom("1_0", 1);
  ASSERT_EQ(orders.leases.size(), 1u);
  CallFrom("9_9", 1);
  for (int i = 0; i < 40; ++i) {
    Step();
    CallFrom("1_0", 0, {Report(orders.leases[0], "running")});
    CallFrom("9_9", 1);
  }
  EXPECT_THAT(world_.cancelled, ::testing::ElementsAre("9_9"));
  EXPECT_EQ(world_.submissions, 1);
}

}  // namespace
}  // namespace ff::provisioner
