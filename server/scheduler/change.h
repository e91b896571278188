// What a decision changes. The one who saves them applies them in order, in one
// transaction; each is also what happened, for the event log. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/experiment.h"
#include "server/domain/sweep.h"
#include "server/scheduler/snapshot.h"

namespace ff::scheduler {

// A new attempt in state leased; its id is given by whoever saves it, and becomes the
// experiment's current one. `epoch` is the experiment's new epoch.
struct Grant {
  std::string sweep_id, experiment_id, worker_id, incarnation;
  int64_t epoch = 0;
  absl::Time deadline;
  std::string device_id{};  // of the worker's; empty: it chooses
};

// The attempt goes on until a new deadline; `started` the first time it is seen running.
struct Renew {
  int64_t attempt_id = 0;
  absl::Time deadline;
  bool started = false;
};

// The attempt is over: finished | failed | lost | stopped | cancelled.
struct EndAttempt {
  int64_t attempt_id = 0;
  std::string state;
  std::optional<Failure> failure;
};

// The experiment's row from now on, without the attempt that a Grant gives it. `why` is
// the event's kind: started | checkpointed | finished | failed | retrying | lost | stopped |
// cancelled | retried.
struct SetExperiment {
  ExperimentView experiment;
  std::optional<Failure> failure;
  std::string why;
  int64_t attempt_id = 0;  // that brought it about; 0: none
};

// Keep the result that this attempt reported: the experiment's only one.
struct KeepResult {
  std::string sweep_id, experiment_id;
  int64_t attempt_id = 0;
};

struct SetSweep {
  std::string sweep_id;
  SweepState state = SweepState::kActive;
  std::string why;  // paused | resumed | cancelled | finished | reopened
};

// What is remembered of a device from now on, or (no device_id) of the worker. `why` is the
// event's kind: counted (no event) | quarantined | drained | uncordoned.
struct SetHealth {
  std::string worker_id;
  Health health;
  std::string why;
};

using Change =
    std::variant<Grant, Renew, EndAttempt, SetExperiment, KeepResult, SetSweep, SetHealth>;

struct Decision {
  std::vector<Change> changes;
  // For a worker's call. `held`: attempts whose lease it keeps, a Grant's not among them yet.
  std::vector<int64_t> held;
  // Final reports that are safely decided, or of no use any more.
  std::vector<int64_t> settled;
  // Reports under the current lease: their measurements and logs count.
  std::vector<int64_t> accepted;
};

}  // namespace ff::scheduler
