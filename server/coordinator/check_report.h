// What arrives from a worker, brought into a form that can be decided on. Pure.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/worker.h"
#include "server/scheduler/event.h"

namespace ff::coordinator {

// One report an attempt (the last one given), and each finished one with a usable result:
// without a result it failed (internal), with a loss that is not finite it diverged.
// INVALID_ARGUMENT: no worker id or incarnation, or an unknown state.
absl::StatusOr<WorkerReport> CheckReport(const WorkerReport& report);

scheduler::WorkerCalls EventOf(const WorkerReport& report);

}  // namespace ff::coordinator
