// What gRPC alone does on this machine: calls per second of a server that answers without doing
// anything, in a process of its own, to so many callers with a connection each. The bound of
// whatever a coordinator does per call here.
#pragma once

#include <string>

#include "ff/v1/worker.pb.h"

namespace ff::bench {

struct IdleCalls {
  double per_second = 0, p99_seconds = 0;
};

// `program`: this executable, which ServeIdleCalls has to be reachable in as `--serve ADDRESS`.
IdleCalls MeasureIdleCalls(const std::string& program, const std::string& folder, int callers,
                           const v1::SynchronizeRequest& request, double seconds);

// Serves until it is killed.
int ServeIdleCalls(const std::string& address);

}  // namespace ff::bench
