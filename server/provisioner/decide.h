// How many worker jobs there should be, and which are to go: a pure function of what is, what was
// remembered, and the time. It never submits beyond the maximum, whatever was forgotten: jobs are
// counted as the cluster lists them, so a submission whose answer was lost is found and counted,
// and one too many is cancelled again. It cancels no job whose worker is at work.
//
// Jobs that come to nothing (they end before their worker has called, or the worker is given
// nothing although experiments wait) make pauses between submissions that double, so that a broken
// job script or a sweep that no such worker can train does not eat an allocation. Thread-safe.
#pragma once

#include "absl/time/time.h"
#include "server/provisioner/jobs.h"

namespace ff::provisioner {

Decision Decide(const Snapshot& snapshot, const Memory& memory, const Limits& limits,
                absl::Time now);

// What to remember after a submission: the ids that the cluster gave, or that it refused (`reason`:
// its words).
Memory Submitted(Memory memory, const std::vector<std::string>& ids, absl::Time now);
Memory Refused(Memory memory, const std::string& reason, const Limits& limits, absl::Time now);

}  // namespace ff::provisioner
