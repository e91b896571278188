// Random worlds: sweeps, and workers that die, forget, repeat old calls and miss replies.
// After every step the invariants hold; once everybody behaves, everything comes to an end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/server/scheduler/playground.h"

namespace ff::scheduler {
namespace {

using ::testing::IsEmpty;

class RandomWorld {
 public:
  explicit RandomWorld(uint32_t seed) : random_(seed) {
    game_.rules.max_retries = Below(3);
    const int sweeps = 1 + Below(3);
    for (int s = 0; s < sweeps; ++s) {
      std::vector<std::string> experiments;
      for (int e = 0, n = 1 + Below(5); e < n; ++e) experiments.push_back("e" + std::to_string(e));
      game_.AddSweep("s" + std::to_string(s), experiments);
    }
    for (int w = 0; w < 3; ++w) workers_["w" + std::to_string(w)].incarnation = "0";
  }

  void Step() {
    const World before = game_.world;
    const int dice = Below(100);
    if (dice < 75) {
      WorkerActs();
    } else if (dice < 90) {
      game_.now += absl::Seconds(Below(40));
      game_.Happen(TimePasses{});
    } else {
      UserActs();
    }
    ASSERT_THAT(CheckState(game_.world), IsEmpty());
    ASSERT_THAT(CheckStep(before, game_.world), IsEmpty());
  }

  // Every worker does as it should, every sweep is active.
  void BehaveUntilOver() {
    for (SweepView& sweep : game_.world.sweeps) game_.Happen(UserResumes{sweep.id});
    for (int round = 0; round < 200 && !Over(); ++round) {
      const World before = game_.world;
      game_.now += absl::Seconds(1);
      game_.Happen(TimePasses{});
      for (auto& [id, worker] : workers_) Call(id, worker, /*honest=*/true);
      ASSERT_THAT(CheckState(game_.world), IsEmpty());
      ASSERT_THAT(CheckStep(before, game_.world), IsEmpty());
    }
    EXPECT_TRUE(Over()) << "work is left that nobody gets";
  }

 private:
  struct Holding {
    int64_t epoch = 0;
    std::string state = "starting";
  };
  struct Agent {
    std::string incarnation;
    std::map<int64_t, Holding> held;
    WorkerCalls last;
  };

  int Below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  bool Over() const {
    return std::all_of(game_.world.sweeps.begin(), game_.world.sweeps.end(),
                       [](const SweepView& s) { return s.open == 0; });
  }

  void WorkerActs() {
    const std::string id = "w" + std::to_string(Below(3));
    Agent& worker = workers_[id];
    if (Chance(5)) {  // killed and started again; final reports may survive on its disk
      worker.incarnation = std::to_string(std::stoi(worker.incarnation) + 1);
      if (Chance(50)) worker.held.clear();
    }
    if (Chance(5) && !worker.held.empty()) worker.held.erase(worker.held.begin());
    if (Chance(10) && !worker.last.worker_id.empty()) {
      game_.Happen(worker.last);  // a call of long ago arrives again
    } else {
      Call(id, worker, /*honest=*/false);
    }
  }

  void Advance(Holding& holding, bool honest) {
    static const char* const kRandomEnds[] = {"finished", "failed", "stopped", "running"};
    if (holding.state == "starting") {
      holding.state = "running";
    } else if (holding.state == "running") {
      holding.state = honest ? "finished" : Chance(30) ? kRandomEnds[Below(4)] : "running";
    }
  }

  void Call(const std::string& id, Agent& worker, bool honest) {
    static const char* const kKinds[] = {"crashed", "diverged", "device", "stalled"};
    WorkerCalls call{id, worker.incarnation, 1 + Below(2), {}};
    for (auto& [attempt, holding] : worker.held) {
      Advance(holding, honest);
      Report report{attempt, holding.epoch, holding.state, std::nullopt, Below(3)};
      if (holding.state == "failed") report.failure = Failure{kKinds[Below(4)], ""};
      call.reports.push_back(report);
    }
    worker.last = call;
    game_.free_workers = {"w" + std::to_string(Below(3))};
    const Decision decision = game_.Happen(call);
    if (!honest && Chance(15)) return;  // the reply gets lost
    std::map<int64_t, Holding> held;
    for (const AttemptView& attempt : game_.world.attempts) {
      if (!attempt.Live() || attempt.worker_id != id) continue;
      EXPECT_EQ(attempt.incarnation, worker.incarnation);
      auto known = worker.held.find(attempt.id);
      held[attempt.id] = known == worker.held.end() ? Holding{attempt.epoch} : known->second;
    }
    worker.held = held;
  }

  void UserActs() {
    const std::string sweep = game_.world.sweeps[Below(game_.world.sweeps.size())].id;
    const int dice = Below(20);
    if (dice < 6) game_.Happen(UserPauses{sweep});
    if (dice >= 6 && dice < 13) game_.Happen(UserResumes{sweep});
    if (dice >= 13 && dice < 19) game_.Happen(UserRetries{sweep});
    if (dice == 19) game_.Happen(UserCancels{sweep});
  }

  std::mt19937 random_;
  Playground game_;
  std::map<std::string, Agent> workers_;
};

TEST(SchedulerProperty, InvariantsHoldAndEverythingEnds) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    RandomWorld world(seed);
    for (int step = 0; step < 60; ++step) {
      world.Step();
      if (HasFatalFailure()) return;
    }
    world.BehaveUntilOver();
    if (HasFailure()) return;
  }
}

// The checks themselves can fail: a second live attempt, a lost epoch, a revived end.
TEST(SchedulerInvariants, NoticeWhatIsWrong) {
  Playground game;
  game.AddSweep("s", {"a"});
  game.Happen(WorkerCalls{"w", "1", 1, {}});
  ASSERT_THAT(CheckState(game.world), IsEmpty());
  World twice = game.world;
  twice.attempts.push_back(twice.attempts[0]);
  twice.attempts.back().id = 2;
  EXPECT_THAT(CheckState(twice), ::testing::Contains("s/a has two live attempts"));
  World revived = game.world;
  revived.experiments[0].state = ExperimentState::kCancelled;
  EXPECT_THAT(CheckStep(revived, game.world), ::testing::Contains("s/a left a final state"));
  World resultless = game.world;
  resultless.results.push_back("s/a");
  EXPECT_THAT(CheckState(resultless), ::testing::Contains("s/a has 1 results"));
}

}  // namespace
}  // namespace ff::scheduler
