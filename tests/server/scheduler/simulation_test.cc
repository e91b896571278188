// Thousands of sweeps from seeds, every fault on. A failing seed is printed and replays exactly:
// FF_SIMULATION_SEED=N runs it alone, FF_SIMULATION_SWEEPS=N runs that many. The mutants beside it
// are the same test with one line of the scheduler changed, and must fail.
#include "tests/server/scheduler/simulation.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace ff::scheduler {
namespace {

uint64_t Number(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(SimulatedSweeps, EveryExperimentEndsWithExactlyOneResult) {
  constexpr uint64_t kNone = ~uint64_t{0};
  const uint64_t only = Number("FF_SIMULATION_SEED", kNone);
  const uint64_t first = only == kNone ? 1 : only;
  const uint64_t sweeps = only == kNone ? Number("FF_SIMULATION_SWEEPS", 10000) : 1;
  SimulationCounts counts;
  for (uint64_t seed = first; seed < first + sweeps; ++seed) {
    Simulation simulation(seed);
    const std::vector<std::string> violations = simulation.Run();
    counts.Add(simulation.counts());
    for (const std::string& violation : violations)
      ADD_FAILURE() << "seed " << seed << ": " << violation;
    if (!violations.empty()) return;
  }
  std::printf("%llu sweeps, %lld steps, %lld decisions\n", static_cast<unsigned long long>(sweeps),
              static_cast<long long>(counts.steps), static_cast<long long>(counts.decisions));
  for (const auto& [what, count] : counts.faults) {
    std::printf("  %-24s %lld\n", what.c_str(), static_cast<long long>(count));
  }
  if (only != kNone) return;
  for (const char* fault :
       {"worker killed", "coordinator killed", "clock jump", "partition", "call lost",
        "call repeated", "call delayed", "answer lost", "coordinator's disk full",
        "worker's disk full", "black hole", "trainer crashed"}) {
    EXPECT_GT(counts.faults[fault], 0) << fault << " never happened";
  }
}

TEST(SimulatedSweeps, ASeedReplaysExactly) {
  Simulation first(77), second(77);
  EXPECT_EQ(first.Run(), second.Run());
  EXPECT_EQ(first.counts().steps, second.counts().steps);
  EXPECT_EQ(first.counts().decisions, second.counts().decisions);
  EXPECT_EQ(first.counts().faults, second.counts().faults);
}

}  // namespace
}  // namespace ff::scheduler
