// The states that experiments with a common stable phase leave for each other (schedule wsd): one
// checkpoint at each step where one of them begins to decay. Several processes may read and write
// one folder: writers take a lock, readers see complete checkpoints alone. What is lost here costs
// time, never a result. For one thread at a time.
//
//   <path>/lock             held with flock(2) by who writes
//   <path>/states/          CheckpointDir that keeps all
//   <path>/done_<step>      the experiment that branches off at this step has finished
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/checkpoint/checkpoint_dir.h"

namespace ff::checkpoint {

class TrunkDir {
 public:
  // An empty path: nothing is shared, nothing is found.
  explicit TrunkDir(std::string path) : path_(std::move(path)) {}

  // The good state of most steps among those of `most_steps` or fewer.
  absl::StatusOr<Found> Newest(int64_t most_steps) const;

  // Keeps a state unless there is one of this step. `fill` writes files into the folder it is
  // given.
  absl::Status Add(int64_t step, const std::function<absl::Status(const std::string&)>& fill) const;

  // The experiment that branches off at `step` needs the folder no more; it is removed when that is
  // true of all `branches`.
  absl::Status Done(int64_t step, const std::vector<int64_t>& branches) const;

 private:
  const std::string path_;
};

}  // namespace ff::checkpoint
