// What a failure's kind says about trying again. Pure.
#pragma once

#include <string>

namespace ff::scheduler {

// False where the plan itself is at fault and would fail everywhere.
inline bool MayBeRetried(const std::string& kind) {
  return kind != "diverged" && kind != "bad_plan" && kind != "bad_data" && kind != "out_of_memory";
}

// Another machine is the better choice, whatever checkpoints this one has.
inline bool BlamesTheMachine(const std::string& kind) {
  return kind == "device" || kind == "stalled";
}

}  // namespace ff::scheduler
