// Which waiting experiments a worker gets, and on which of its devices: the order and the
// exceptions of scheduler.h.
#pragma once

#include <string>

#include "server/scheduler/board.h"
#include "server/scheduler/event.h"

namespace ff::scheduler {

// Grants leases from the candidates, which come best first within each sweep, for what is free
// on the caller's devices, less `offered` leases that it does not know of yet.
void Place(Board& board, const WorkerCalls& call, int offered);

}  // namespace ff::scheduler
