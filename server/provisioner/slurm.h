// Worker jobs on a Slurm cluster, by its sbatch, squeue and scancel: array jobs of one node each
// that run deploy/slurm/worker.sbatch. Ours are those of this user with our name and, as their
// comment, this coordinator's mark. For one thread.
#pragma once

#include <string>
#include <vector>

#include "server/provisioner/cluster.h"

namespace ff::provisioner {

struct SlurmOptions {
  std::string job_name, mark;  // mark: the same for this coordinator at every start, no other's
  std::string partition;       // empty: the cluster's default
  std::vector<std::string> sbatch;  // further options
  std::string script, folder, worker_program, coordinator;
  std::vector<std::string> worker;  // further words for ff-worker
  std::vector<std::string> labels;
};

// The label by which a worker says which job it is in: "slurm_job=12_3".
inline constexpr char kJobLabel[] = "slurm_job=";

class Slurm : public Cluster {
 public:
  explicit Slurm(SlurmOptions options);
  std::string name() const override { return "slurm"; }

  absl::StatusOr<std::vector<Job>> List() override;
  // An array of at most 1000: clusters allow 1001 in one unless they say otherwise.
  absl::StatusOr<std::vector<std::string>> Submit(int count) override;
  absl::Status Cancel(const std::vector<std::string>& ids) override;

 private:
  const SlurmOptions options_;
};

// What `squeue --format=%i|%T|%k|%r` printed, the jobs of this mark. Pure. INVALID_ARGUMENT: it is
// not that.
absl::StatusOr<std::vector<Job>> ParseQueue(const std::string& text, const std::string& mark);

// What `sbatch --parsable --array=0-(count-1)` printed, as the ids of its tasks. Pure.
// INVALID_ARGUMENT: there is no job id in it.
absl::StatusOr<std::vector<std::string>> ParseSubmitted(const std::string& text, int count);

}  // namespace ff::provisioner
