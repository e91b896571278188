// What tests of plans ask of one.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "server/scaling/isoflop_plan.h"
#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {

inline IsoflopPlan Planned(const SweepSpec& spec) {
  auto plan = PlanIsoflopSweep(spec);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *plan : IsoflopPlan{};
}

// Cells dropped for a reason with these words.
inline int DroppedFor(const IsoflopPlan& plan, const std::string& words) {
  int count = 0;
  for (const DroppedCell& cell : plan.dropped) count += cell.reason.find(words) != cell.reason.npos;
  return count;
}

// What a sound spec is refused for once it is spoiled.
inline std::string Refusal(const std::function<void(SweepSpec&)>& spoil) {
  SweepSpec spec = SoundSpec();
  spoil(spec);
  const auto plan = PlanIsoflopSweep(spec);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(plan.status().message());
}

}  // namespace ff::scaling
