// Keeps workers coming from a batch system: each step looks at the queue and at what the
// coordinator has to give, decides (decide.h), submits and cancels, and tells users what it did and
// why not more: as events of the sweeps that wait, and in Status. While the cluster does not answer
// nothing is decided. Step belongs to one thread; the others are thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/coordinator/coordinator.h"
#include "server/provisioner/cluster.h"
#include "server/provisioner/jobs.h"

namespace ff::provisioner {

struct Status {
  int running = 0, pending = 0, wanted = 0, max = 0;
  std::string message;
  bool failing = false;  // the cluster does not answer
};

class Provisioner {
 public:
  // `coordinator` outlives it. `labels`: those of the workers in the jobs.
  Provisioner(coordinator::Coordinator* coordinator, std::unique_ptr<Cluster> cluster,
              Limits limits, std::vector<std::string> labels, std::function<absl::Time()> clock);

  // Errors of the coordinator's database; what the cluster refuses is in status().
  absl::Status Step();
  provisioner::Status status() const;

 private:
  absl::StatusOr<Snapshot> Look(const coordinator::Demand& demand);
  absl::Status Act(const coordinator::Demand& demand, Decision decision);
  absl::Status CannotReach(const coordinator::Demand& demand, const absl::Status& why);
  // As an event of each sweep that waits, where it differs from what was told last.
  absl::Status Tell(const coordinator::Demand& demand, const std::string& message);

  coordinator::Coordinator* const coordinator_;
  const std::unique_ptr<Cluster> cluster_;
  const Limits limits_;
  const std::vector<std::string> labels_;
  const std::function<absl::Time()> clock_;
  Memory memory_;
  bool queue_is_empty_ = false;  // as far as we know: nobody else submits jobs with our mark
  std::string told_;
  mutable std::mutex mutex_;
  provisioner::Status status_;
};

}  // namespace ff::provisioner
