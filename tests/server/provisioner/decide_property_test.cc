// Random clusters: jobs wait, start, die, are cancelled by people; the queue can't be read for a
// while; the coordinator forgets everything. Whatever happens the maximum holds and nothing that
// works is cancelled; once all behave, the work gets done and nothing stays behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "server/provisioner/decide.h"

namespace ff::provisioner {
namespace {

struct SimulatedJob {
  Job job;
  bool called = false, worked = false, told = false;
  int running = 0;
  int64_t ends_at = 1 << 30;  // look at which it dies
};

class SimulatedCluster {
 public:
  explicit SimulatedCluster(uint32_t seed) : random_(seed) {
    limits_.min = Below(3);
    limits_.max = 1 + limits_.min + Below(6);
    limits_.idle = absl::Seconds(30 + Below(200));
    limits_.start = absl::Seconds(60 + Below(200));
    packing_ = 1 + Below(4);
    work_ = 1 + Below(60);
  }

  // One look, 15 s apart. `honest`: nothing breaks.
  void Step(bool honest) {
    now_ += absl::Seconds(15);
    ++look_;
    Live(honest);
    if (!honest && Below(10) == 0) return;        // the queue can't be read
    if (!honest && Below(40) == 0) memory_ = {};  // a restart
    const Snapshot snapshot = Look();
    const Decision decision = Decide(snapshot, memory_, limits_, now_);
    memory_ = decision.memory;
    for (const std::string& id : decision.cancel) Cancel(id);
    ASSERT_LE(decision.submit, limits_.max);
    if (decision.submit > 0) Submit(decision.submit, honest);
    ASSERT_LE(Alive(), limits_.max) << "at look " << look_;
  }

  int work() const { return work_; }
  int Alive() const {
    return static_cast<int>(std::count_if(jobs_.begin(), jobs_.end(), [](const auto& job) {
      return job.job.state != JobState::kEnding;
    }));
  }
  int min() const { return limits_.min; }
  int InFlight() const {
    int sum = 0;
    for (const SimulatedJob& job : jobs_) sum += job.running;
    return sum;
  }

 private:
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  void Submit(int count, bool honest) {
    const bool refused = !honest && Below(5) == 0;
    // Its answer is lost, or it is refused and nothing happens.
    const bool lost = !honest && Below(5) == 0;
    std::vector<std::string> ids;
    for (int i = 0; i < count && !refused; ++i) {
      ids.push_back(std::to_string(++last_id_));
      SimulatedJob& job = jobs_.emplace_back();
      job.job = {ids.back(), JobState::kPending, "Priority"};
      if (!honest && Below(3) == 0) job.ends_at = look_ + 1 + Below(30);
    }
    memory_ = refused || lost ? Refused(memory_, "no answer", limits_, now_)
                              : Submitted(memory_, ids, now_);
  }

  void Cancel(const std::string& id) {
    for (SimulatedJob& job : jobs_) {
      if (job.job.id != id) continue;
      ASSERT_EQ(job.running, 0) << "job " << id << " was at work";
      job.job.state = JobState::kEnding;
    }
  }

  void Live(bool honest) {
    std::erase_if(jobs_, [](const auto& job) { return job.job.state == JobState::kEnding; });
    for (SimulatedJob& job : jobs_) {
      if (!honest && look_ >= job.ends_at) {
        work_ += job.running;  // handed back
        job.running = 0;
        job.job.state = JobState::kEnding;
      } else if (job.job.state == JobState::kPending) {
        if (Below(3) == 0) job.job.state = JobState::kRunning;
      } else if (!job.called) {
        job.called = Below(2) == 0;
      } else {
        if (job.running > 0 && Below(6) == 0) --job.running;
        while (job.running < packing_ && work_ > 0) {
          ++job.running;
          --work_;
          job.worked = true;
        }
      }
    }
  }

  Snapshot Look() const {
    Snapshot snapshot;
    snapshot.waiting = work_;
    for (const SimulatedJob& job : jobs_) {
      snapshot.jobs.push_back(job.job);
      if (job.called) {
        snapshot.workers.push_back({job.job.id, true, false, job.running, job.worked, now_});
      }
    }
    return snapshot;
  }

  std::mt19937 random_;
  Limits limits_;
  Memory memory_;
  absl::Time now_ = absl::UnixEpoch() + absl::Hours(400000);
  std::vector<SimulatedJob> jobs_;
  int packing_ = 1, work_ = 0, last_id_ = 0;
  int64_t look_ = 0;
};

TEST(Decide, WhateverHappensTheMaximumHoldsAndTheWorkIsDone) {
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    SimulatedCluster cluster(seed);
    for (int i = 0; i < 200 && !::testing::Test::HasFatalFailure(); ++i) cluster.Step(false);
    for (int i = 0; i < 2000 && cluster.work() + cluster.InFlight() > 0; ++i) {
      cluster.Step(true);
      if (::testing::Test::HasFatalFailure()) return;
    }
    EXPECT_EQ(cluster.work() + cluster.InFlight(), 0) << "work is left";
    for (int i = 0; i < 60; ++i) cluster.Step(true);
    EXPECT_EQ(cluster.Alive(), 0) << "jobs are left although nothing is to be done";
  }
}

}  // namespace
}  // namespace ff::provisioner
