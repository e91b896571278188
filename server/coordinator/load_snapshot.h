// What the scheduler needs to decide on an event, loaded from a view by index.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/coordinator/coordinator.h"
#include "server/domain/worker.h"
#include "server/scheduler/snapshot.h"
#include "server/storage/store.h"

namespace ff::coordinator {

// Collects facts and the attempts and sweeps they belong to, each once.
class SnapshotLoader {
 public:
  SnapshotLoader(storage::View& view, const scheduler::Rules& rules) : view_(view) {
    snapshot_.rules = rules;
  }

  // With its experiment, that one's current attempt, and its sweep.
  absl::Status AddAttempt(const Attempt& attempt);
  // As AddAttempt; an id that nobody has is passed over.
  absl::Status AddAttemptById(int64_t id);
  absl::Status AddExperiment(const storage::ExperimentFacts& facts);
  // What the worker could get now, of every sweep that has something for it, and which of the
  // workers at home with them are free.
  absl::Status AddCandidates(const Worker& worker, int limit, absl::Time now);
  absl::Status AddSweep(const std::string& id);
  absl::Status AddHealth(const std::string& worker_id);

  const scheduler::Snapshot& snapshot() const { return snapshot_; }

 private:
  void AddLoad(const storage::SweepLoad& load);
  absl::Status AddFreeHomes(const std::string& caller, absl::Time since);

  storage::View& view_;
  scheduler::Snapshot snapshot_;
};

absl::StatusOr<scheduler::Snapshot> LoadForCall(storage::View& view, const scheduler::Rules& rules,
                                                const WorkerReport& report, absl::Time now);

// Every experiment of the sweep in one of these states, and what they are under.
absl::StatusOr<scheduler::Snapshot> LoadForSweep(storage::View& view, const scheduler::Rules& rules,
                                                 const Sweep& sweep,
                                                 const std::vector<ExperimentState>& states);

}  // namespace ff::coordinator
