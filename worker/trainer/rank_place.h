// Where a process stands among those that train one experiment together, as an engine's launcher
// (torchrun, a Slurm or MPI wrapper) says it: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and
// MASTER_PORT in the environment. Reads the environment; otherwise pure.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace ff::trainer {

struct RankPlace {
  int rank = 0, ranks = 1;
  int local_rank = 0;  // among those of this host: the number of its GPU
  std::string host;    // where rank 0 is, and
  int port = 0;        // listens; FF_RANK_PORT has precedence over MASTER_PORT
  bool local = false;  // started by rank 0, on its own host (FF_RANK_LOCAL)
};

// Nothing where there is no WORLD_SIZE or it is 1. INVALID_ARGUMENT names the variable that is
// missing or makes no sense.
absl::StatusOr<std::optional<RankPlace>> PlaceFromEnvironment();

}  // namespace ff::trainer
