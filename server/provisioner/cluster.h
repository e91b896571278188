// A batch system that runs worker jobs: what there is, more of them, fewer of them. Methods wait
// for the system, up to half a minute each. For one thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/provisioner/jobs.h"

namespace ff::provisioner {

class Cluster {
 public:
  virtual ~Cluster() = default;
  // As users call it.
  virtual std::string name() const = 0;

  // Every method: UNAVAILABLE, with the system's words, where it does not answer or refuses;
  // NOT_FOUND: its programs are not installed.
  // Jobs of this coordinator that are not over.
  virtual absl::StatusOr<std::vector<Job>> List() = 0;
  // Returns their ids. After an error they may have been submitted all the same: List tells.
  virtual absl::StatusOr<std::vector<std::string>> Submit(int count) = 0;
  // One that is over by now is no error.
  virtual absl::Status Cancel(const std::vector<std::string>& ids) = 0;
};

}  // namespace ff::provisioner
