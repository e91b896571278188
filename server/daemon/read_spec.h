// A sweep's spec from YAML where the coordinator runs, and YAML from a sweep's spec: what ffctl
// does on its own host, for the dashboard. A dataset's path is looked at on this host; where it
// is not here, the facts of `sweep`'s dataset stand in if it is the same path.
#pragma once

#include "server/convert/spec_reader.h"
#include "server/coordinator/coordinator.h"

namespace ff::daemon {

// `coordinator` outlives the reader.
convert::SpecReader MakeSpecReader(coordinator::Coordinator* coordinator);

}  // namespace ff::daemon
