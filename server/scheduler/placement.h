// Which waiting experiments a worker gets: the order and the exceptions of scheduler.h.
#pragma once

#include <string>

#include "server/scheduler/board.h"

namespace ff::scheduler {

// Grants up to `slots` leases from the candidates, which come best first.
void Place(Board& board, const std::string& worker_id, const std::string& incarnation, int slots);

}  // namespace ff::scheduler
