// What tests of plans ask of one.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "server/scaling/isoflop_plan.h"

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

}  // namespace ff::scaling
