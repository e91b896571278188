// Why experiments that wait fit no worker that is here. What Place (placement.h) passes over in
// silence, call after call, is told to users here. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "server/domain/sweep.h"
#include "server/domain/worker.h"

namespace ff::scheduler {

// Waiting experiments of a sweep that need the same.
struct Need {
  std::string mode, device_kind;  // device_kind empty or auto: any
  double memory_bytes = 0;        // a trainer's, estimated; 0: not known
  int count = 0;
};

// One sentence with the reason and what to do about the first need that fits nowhere, and how many
// experiments fit nowhere; empty: each would fit a worker if that were idle. `workers`: those that
// are alive, their cordons filled in.
std::string WhyUnplaced(const SchedulingSpec& scheduling, const std::vector<Need>& needs,
                        const std::vector<Worker>& workers);

}  // namespace ff::scheduler
