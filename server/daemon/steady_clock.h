// The present, as the host's clock had it when this object was made, going on evenly from there:
// a step of that clock (NTP, a suspended machine) moves no deadline. Thread-safe.
#pragma once

#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace ff::daemon {

class SteadyClock {
 public:
  absl::Time Now() const {
    return began_ + absl::FromChrono(std::chrono::steady_clock::now() - steady_began_);
  }

 private:
  const absl::Time began_ = absl::Now();
  const std::chrono::steady_clock::time_point steady_began_ = std::chrono::steady_clock::now();
};

}  // namespace ff::daemon
