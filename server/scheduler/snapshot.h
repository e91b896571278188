// What a decision sees: the facts the event touches, and no more. Plain values; whoever
// loads them (the coordinator from the database, a test from memory) loads one state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/experiment.h"
#include "server/domain/sweep.h"
#include "server/domain/worker.h"
#include "server/scheduler/failure_rules.h"

namespace ff::scheduler {

struct ExperimentView {
  std::string sweep_id, id;
  ExperimentState state = ExperimentState::kWaiting;
  int64_t epoch = 0;                             // of the newest attempt; 0: none yet
  int failures = 0;                              // counted against max_retries
  int64_t current_attempt = 0;                   // the lease it is under; 0: none
  std::string home_worker{};                     // whose disk has its checkpoints; empty: nobody's
  int losses = 0;                                // attempts lost to infrastructure
  int memory_failures = 0;                       // 1: once more, with half the micro-batch
  absl::Time not_before = absl::InfinitePast();  // pause after a failure
  std::string device_kind{};                     // cpu | cuda; empty or auto: any
  double memory_bytes = 0;                       // a trainer's, estimated; 0: not known
};

//   leased --> running --> finished | failed | lost | stopped | cancelled
//      `------------------> the same ends
struct AttemptView {
  int64_t id = 0, epoch = 0;
  std::string sweep_id, experiment_id, worker_id, incarnation;
  std::string state;
  absl::Time deadline;
  absl::Time started_at = absl::InfinitePast();
  std::string device_id{};

  bool Live() const { return state == "leased" || state == "running"; }
};

struct SweepView {
  std::string id;
  SweepState state = SweepState::kActive;
  int open = 0;       // experiments that are waiting, leased or running
  int in_flight = 0;  // experiments that are leased or running
  int priority = 0;
  double weight = 1;
  int max_running = 0;  // 0: no bound
};

struct Rules {
  absl::Duration lease_length = absl::Seconds(30);
  int max_retries = 2;
  // No lease expires before this: after a restart workers need time to call again.
  absl::Time no_expiry_before = absl::InfinitePast();
  absl::Duration backoff = absl::ZeroDuration(), max_backoff = absl::Hours(1);
  int max_losses = 0;        // 0: no bound
  int quarantine_after = 0;  // fast failures in a row; 0: never
  absl::Duration fast = absl::Minutes(2);
  bool may_grant = true;  // false: the disk is nearly full
  std::vector<FailureRule> failure_rules{};
};

struct Snapshot {
  std::vector<SweepView> sweeps;            // of every experiment below
  std::vector<ExperimentView> experiments;  // those the event or its attempts are about
  std::vector<AttemptView> attempts;        // live ones of the worker, reported ones, overdue ones
  // What could be leased to the worker now, best first within each sweep (waiting, sweep active,
  // a mode and device it has, labels it has, no pause).
  std::vector<ExperimentView> candidates;
  std::vector<std::string> free_workers;  // alive with a free slot, the caller excepted
  std::vector<Health> health;             // the calling or steered worker's, where there is any
  Rules rules;
};

}  // namespace ff::scheduler
