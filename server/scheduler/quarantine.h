// Which devices are out of use: those that fail attempt after attempt before anything was
// done, and those that their host or driver calls broken. Without this one bad machine takes
// experiment after experiment and fails them all.
#pragma once

#include "server/scheduler/board.h"
#include "server/scheduler/event.h"

namespace ff::scheduler {

// An attempt of the calling worker has ended: `failure` none: it finished.
void CountOutcome(Board& board, const AttemptView& attempt, const Report& report,
                  const std::optional<Failure>& failure);

// Faults that the worker itself reports.
void TakeFaults(Board& board, const WorkerCalls& call);

}  // namespace ff::scheduler
