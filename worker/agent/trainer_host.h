// One trainer program and its lanes: who has which, and what the process wrote to its log,
// which belongs to all of them. A lane that is given up by force ends the process; the
// others learn that it was not their doing. For one thread (see ChildProcess on which).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/agent/child_process.h"
#include "worker/agent/settings.h"

namespace ff::agent {

class TrainerHost {
 public:
  // Lane 0 is the caller's, even of a process that has ended by now. Errors as
  // ChildProcess::Spawn.
  static absl::StatusOr<std::shared_ptr<TrainerHost>> Start(const Program& program, int lanes);

  const Program& program() const { return program_; }
  ChildProcess& child() { return *child_; }

  // A lane that nobody has had, or -1; none of a process that is ending.
  int TakeLane();
  // Kills the process for the sake of `lane`.
  void End(int lane);
  // It was killed for the sake of a lane other than this one.
  bool EndedForAnother(int lane) const { return ended_for_ >= 0 && ended_for_ != lane; }

  // Reads the log and returns what `lane` has not had of it.
  std::string TakeLog(int lane);

 private:
  TrainerHost(Program program, std::unique_ptr<ChildProcess> child);
  void ReadLog();

  const Program program_;
  const std::unique_ptr<ChildProcess> child_;
  std::vector<std::string> logs_;  // of each lane; those nobody has yet keep none
  int taken_ = 1, ended_for_ = -1;
};

// The trainers of one device: lanes of one process for `lane_program`, a process each otherwise.
class TrainerPool {
 public:
  TrainerPool(Program lane_program, int lanes)
      : lane_program_(std::move(lane_program)), lanes_(lanes) {}

  struct Seat {
    std::shared_ptr<TrainerHost> host;
    int lane = 0;
  };
  // On a running process that has a lane left, or a new one.
  absl::StatusOr<Seat> Take(const Program& program);

 private:
  const Program lane_program_;
  const int lanes_;
  std::weak_ptr<TrainerHost> shared_;
};

}  // namespace ff::agent
