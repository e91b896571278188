// The snapshot while a decision is being made: each move changes it and writes the change
// down, so that later rules of the same decision see what earlier ones did. Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/scheduler/change.h"
#include "server/scheduler/snapshot.h"

namespace ff::scheduler {

class Board {
 public:
  Board(const Snapshot& snapshot, absl::Time now) : state_(snapshot), now_(now) {}

  absl::Time now() const { return now_; }
  Snapshot& state() { return state_; }
  Decision& decision() { return decision_; }

  // Null: not in the snapshot.
  AttemptView* FindAttempt(int64_t id);
  ExperimentView* FindExperiment(const std::string& sweep_id, const std::string& id);
  SweepView* FindSweep(const std::string& id);

  void GrantLease(const ExperimentView& candidate, const std::string& worker_id,
                  const std::string& incarnation, const std::string& device_id);
  void RenewLease(AttemptView& attempt, bool running);
  void MoveDeadline(AttemptView& attempt, absl::Time deadline);

  // A checkpoint of the attempt lies with its worker from now on.
  void SettleAt(ExperimentView& experiment, const AttemptView& attempt);
  // A checkpoint lies where every worker finds it.
  void Unsettle(ExperimentView& experiment, const AttemptView& attempt);

  // Ends a live attempt that nobody is to blame for (lost | stopped): its experiment waits again.
  void Release(AttemptView& attempt, const std::string& how, const Failure& failure);
  // Ends a live attempt by a failure; waiting again where its budget allows it.
  void Fail(AttemptView& attempt, const Failure& failure);
  // Takes the attempt's result, cancelling a newer attempt.
  void Finish(AttemptView& attempt);
  void Cancel(ExperimentView& experiment);
  // A failed experiment waits again, its failures forgotten.
  void Retry(ExperimentView& experiment);
  void MoveSweep(SweepView& sweep, SweepState state, const std::string& why);

  // What is remembered of a worker's device ("": of the worker); never null.
  Health& HealthOf(const std::string& device_id);
  void SetHealthOf(const std::string& worker_id, const Health& health, const std::string& why);

 private:
  void End(AttemptView& attempt, const std::string& state, std::optional<Failure> failure);
  void Move(ExperimentView& experiment, ExperimentState state, const std::string& why,
            std::optional<Failure> failure, int64_t attempt_id);
  // Charges the failure to its budget; whether the experiment is tried again.
  bool Charge(ExperimentView& experiment, const Failure& failure);

  Snapshot state_;
  const absl::Time now_;
  Decision decision_;
};

}  // namespace ff::scheduler
