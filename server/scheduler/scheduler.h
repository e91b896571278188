// Who trains what: leases, their renewal and end, retries, cancellation. Pure: the same
// snapshot, event and time give the same decision; no I/O, no clock, nothing remembered.
// Thread-safe. An experiment's states:
//
//               grant                 seen running             finished
//   kWaiting ----------> kLeased ----------------> kRunning -------------> kFinished
//      ^  ^                 |                          |                   (final)
//      |  `-----------------+--------------------------+
//      |     lost, stopped, or failed with retries left
//      |                    +--------------------------+-----> kFailed ----> kFinished
//      |                       failed for good                    |    late finish
//      `----------------------------------------------------------'
//                                 user retries
//   kWaiting | kLeased | kRunning --user cancels--> kCancelled (final)
//
// Rules
// - A lease is (attempt id, epoch). Epochs of an experiment grow by one with every grant.
//   A report under any other lease changes nothing, with one exception: a finished report
//   is accepted late while the experiment has no result and is not cancelled; a newer
//   attempt is then cancelled. Work that was done is not thrown away.
// - Listing an attempt renews it to now + lease_length. One that is leased and not listed
//   was granted in a reply that got lost: it is offered again until its deadline. One that
//   ran and is not listed, or was held by an earlier incarnation of the worker, is lost.
// - Three budgets (failure_rules.h). Lost and stopped attempts are not counted, beyond the bound
//   of max_losses where there is one. A crash has max_retries further attempts, after pauses that
//   double. What the plan is at fault for is never retried. Lack of memory is, once.
// - A device on which quarantine_after attempts in a row fail fast and without a step, or which its
//   host reports as broken, gets nothing more until a user uncordons it; nor does a drained worker.
// - Order of grants: the sweep of higher priority; then experiments whose checkpoints this worker
//   has; then the sweep that has least of its share, (in flight + 1) / weight, none beyond its
//   max_running; the oldest where they are equal; in it the most FLOPs first, so that no long run
//   starts last and the sweep ends early. Each goes to the tightest device with a free slot and
//   memory for it.
//   An experiment whose checkpoints lie with another worker that is alive and has a free
//   slot is left to that one. After a device fault or a stall it has no home any more.
//   What a call gives up is granted from the next call on: a moment's respite.
// - A paused sweep is granted nothing new; what is under lease goes on to its end.
// - A sweep none of whose experiments can run any more is finished; a retry opens it again.
#pragma once

#include "absl/time/time.h"
#include "server/scheduler/change.h"
#include "server/scheduler/event.h"
#include "server/scheduler/snapshot.h"

namespace ff::scheduler {

Decision Decide(const Snapshot& snapshot, const Event& event, absl::Time now);

}  // namespace ff::scheduler
