// A coordinator in memory for simulations: a durable state, the real scheduler, and checks
// after every decision. It can be killed between any two calls, lose its disk's room, and
// wake up with another clock. For one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/scheduler/change.h"
#include "server/scheduler/event.h"
#include "server/scheduler/invariants.h"
#include "server/scheduler/snapshot.h"

namespace ff::scheduler {

// A measurement's step, as a worker reports it with an attempt.
struct Call {
  WorkerCalls what;
  std::map<int64_t, std::vector<int64_t>> steps;  // by attempt
};

struct Answer {
  std::vector<AttemptView> leases;
  std::vector<int64_t> settled;
  absl::Duration lease_length;
  bool drain = false;
};

class SimulatedCoordinator {
 public:
  explicit SimulatedCoordinator(Rules rules) : rules_(std::move(rules)) {}

  void AddSweep(const std::string& id, int experiments, int steps);

  // Times are those of its own clock. False: the disk is full, nothing was changed.
  void Start(absl::Time now, absl::Duration grace);
  std::optional<Answer> Synchronize(const Call& call, absl::Time now);
  bool Happen(const Event& event, absl::Time now);

  void SetDiskFull(bool full) { disk_full_ = full; }
  const World& world() const { return world_; }
  int StepsOf(const std::string& sweep, const std::string& id) const;
  bool Over() const;
  std::vector<std::string> Quarantined() const;  // worker ids
  // What was wrong, ever; and at the end: whole curves, one result each.
  const std::vector<std::string>& violations() const { return violations_; }
  void CheckEnd();
  int64_t decisions() const { return decisions_; }

 private:
  struct Stored {
    int steps = 0;
    std::map<int64_t, int64_t> curve;  // attempt by step
  };
  Snapshot Load(const Event& event);
  void Apply(const Change& change, absl::Time now);
  void CheckChange(const Change& change, const Event& event, absl::Time now);
  ExperimentView& Find(const std::string& sweep, const std::string& id);
  AttemptView& FindAttempt(int64_t id);
  void Complain(const std::string& sentence);

  Rules rules_;
  World world_;
  std::map<std::string, Stored> stored_;  // by "sweep/experiment"
  std::map<std::string, std::map<std::string, Health>> health_;
  bool disk_full_ = false;
  absl::Time started_;
  absl::Duration grace_;
  int64_t decisions_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace ff::scheduler
