// A world in memory for scheduler tests: loads the snapshot an event needs, as the
// coordinator would from its database, and applies the changes that were decided.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/scheduler/change.h"
#include "server/scheduler/event.h"
#include "server/scheduler/invariants.h"
#include "server/scheduler/snapshot.h"

namespace ff::scheduler {

class Playground {
 public:
  World world;
  Rules rules;
  absl::Time now = absl::UnixEpoch();
  std::vector<std::string> free_workers;
  std::map<std::string, std::map<std::string, Health>> health;  // by worker and device

  // Experiments in the order in which they are to be granted.
  void AddSweep(const std::string& id, const std::vector<std::string>& experiments);

  // Decides and applies.
  Decision Happen(const Event& event);

  ExperimentView& Find(const std::string& sweep, const std::string& id);
  AttemptView* FindAttempt(int64_t id);
  SweepView& FindSweep(const std::string& id);

 private:
  Snapshot Load(const Event& event);
  void Apply(const Change& change);
};

}  // namespace ff::scheduler
