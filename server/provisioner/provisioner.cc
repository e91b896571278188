#include "server/provisioner/provisioner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "conf/load/logging.h"
#include "server/domain/worker.h"
#include "server/provisioner/decide.h"
#include "server/provisioner/slurm.h"

namespace ff::provisioner {
namespace {

JobWorker AsJobWorker(const std::string& job_id, const Worker& worker) {
  JobWorker in_job;
  in_job.job_id = job_id;
  in_job.alive = worker.alive;
  in_job.leaving = worker.draining || !worker.cordoned.empty();
  in_job.running = static_cast<int>(worker.experiment_ids.size());
  in_job.has_worked = worker.finished + worker.failed > 0;
  in_job.last_seen = worker.last_seen;
  return in_job;
}

// The newest worker of each job: a cluster that was set up anew counts jobs from 1 again.
std::vector<JobWorker> InJobs(const std::vector<Worker>& workers) {
  std::map<std::string, JobWorker> newest;
  for (const Worker& worker : workers) {
    for (const std::string& label : worker.labels) {
      absl::string_view job_id = label;
      if (!absl::ConsumePrefix(&job_id, kJobLabel)) continue;
      const std::string id(job_id);
      const auto known = newest.find(id);
      if (known != newest.end() && known->second.last_seen > worker.last_seen) continue;
      newest[id] = AsJobWorker(id, worker);
    }
  }
  std::vector<JobWorker> in_jobs;
  for (auto& [id, worker] : newest) in_jobs.push_back(std::move(worker));
  return in_jobs;
}

bool Lists(const std::vector<Job>& jobs, const std::string& id) {
  return std::any_of(jobs.begin(), jobs.end(), [&](const Job& job) { return job.id == id; });
}

std::string Few(const std::vector<std::string>& ids) {
  constexpr size_t kShown = 4;
  if (ids.size() <= kShown) return absl::StrJoin(ids, ", ");
  return absl::StrCat(ids.front(), " to ", ids.back());
}

}  // namespace

Provisioner::Provisioner(coordinator::Coordinator* coordinator, std::unique_ptr<Cluster> cluster,
                         Limits limits, std::vector<std::string> labels,
                         std::function<absl::Time()> clock)
    : coordinator_(coordinator),
      cluster_(std::move(cluster)),
      limits_(limits),
      labels_(std::move(labels)),
      clock_(std::move(clock)) {
  status_.max = limits_.max;
  status_.message = "the queue has not been looked at yet";
}

provisioner::Status Provisioner::status() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

absl::StatusOr<Snapshot> Provisioner::Look(const coordinator::Demand& demand) {
  Snapshot snapshot;
  absl::StatusOr<std::vector<Job>> jobs = cluster_->List();
  if (!jobs.ok()) return jobs.status();
  snapshot.jobs = *std::move(jobs);
  snapshot.waiting = demand.waiting;
  for (JobWorker& worker : InJobs(demand.workers)) {
    if (Lists(snapshot.jobs, worker.job_id)) snapshot.workers.push_back(std::move(worker));
  }
  return snapshot;
}

absl::Status Provisioner::Step() {
  const absl::StatusOr<coordinator::Demand> demand = coordinator_->GetDemand(labels_);
  if (!demand.ok()) return demand.status();
  // A controller of a large cluster has better to do than to say again that there is nothing.
  if (queue_is_empty_ && demand->waiting == 0) return absl::OkStatus();
  const absl::StatusOr<Snapshot> snapshot = Look(*demand);
  if (!snapshot.ok()) return CannotReach(*demand, snapshot.status());
  return Act(*demand, Decide(*snapshot, memory_, limits_, clock_()));
}

absl::Status Provisioner::CannotReach(const coordinator::Demand& demand, const absl::Status& why) {
  const std::string message(why.message());
  {
    std::lock_guard<std::mutex> lock(mutex_);
    status_.failing = true;
    status_.message = message;
  }
  return Tell(demand, message);
}

absl::Status Provisioner::Act(const coordinator::Demand& demand, Decision decision) {
  memory_ = std::move(decision.memory);
  std::vector<std::string> done;
  std::string failure;
  if (!decision.cancel.empty()) {
    const absl::Status cancelled = cluster_->Cancel(decision.cancel);
    if (cancelled.ok()) {
      done.push_back(absl::StrCat("cancelled ", Few(decision.cancel)));
    } else {
      // Tried again with the next look.
      for (const std::string& id : decision.cancel) memory_.jobs[id].cancelled = false;
      failure = std::string(cancelled.message());
    }
  }
  if (decision.submit > 0) {
    const auto ids = cluster_->Submit(decision.submit);
    if (ids.ok()) {
      memory_ = Submitted(std::move(memory_), *ids, clock_());
      done.push_back(absl::StrCat("submitted ", Few(*ids)));
    } else {
      failure = std::string(ids.status().message());
      memory_ = Refused(std::move(memory_), failure, limits_, clock_());
    }
  }
  queue_is_empty_ = memory_.jobs.empty() && decision.submit == 0;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    status_ = {decision.running,
               decision.pending,
               decision.wanted,
               limits_.max,
               failure.empty() ? decision.why : failure,
               !failure.empty()};
  }
  if (!done.empty()) told_.clear();
  const std::string outcome = absl::StrJoin(done, ", ");
  if (!failure.empty()) return Tell(demand, failure);
  if (!outcome.empty()) return Tell(demand, absl::StrCat(outcome, " (", decision.why, ")"));
  const bool pausing = decision.wanted > 0 && clock_() < memory_.not_before;
  return pausing ? Tell(demand, memory_.why_not) : absl::OkStatus();
}

absl::Status Provisioner::Tell(const coordinator::Demand& demand, const std::string& message) {
  if (message == told_) return absl::OkStatus();
  told_ = message;
  conf::LogInfo(cluster_->name(), ": ", message);
  return coordinator_->NoteProvisioning(demand.sweeps,
                                        absl::StrCat(cluster_->name(), ": ", message));
}

}  // namespace ff::provisioner
