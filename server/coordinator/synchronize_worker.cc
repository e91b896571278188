#include <vector>

#include "server/coordinator/check_report.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/load_snapshot.h"
#include "server/coordinator/save_decision.h"
#include "server/coordinator/try.h"
#include "server/scheduler/scheduler.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// Everything the worker holds, as the database has it after the decision was saved.
absl::Status AddLeases(storage::View& view, const std::string& worker_id, WorkerOrders* orders) {
  FF_TRY_ASSIGN(const std::vector<Attempt> live, view.ListLiveAttempts(worker_id));
  for (const Attempt& attempt : live) {
    FF_TRY_ASSIGN(Experiment experiment,
                  view.GetExperiment(attempt.sweep_id, attempt.experiment_id));
    orders->leases.push_back({attempt.id, attempt.epoch, attempt.sweep_id, attempt.experiment_id,
                              std::move(experiment.plan), attempt.deadline});
  }
  return absl::OkStatus();
}

// First seen, or in a new life: worth an event.
absl::Status NoteWorker(storage::Transaction& tx, Worker worker, int free_slots, absl::Time now) {
  const absl::StatusOr<Worker> before = tx.GetWorker(worker.id);
  if (!before.ok() && !absl::IsNotFound(before.status())) return before.status();
  worker.first_seen = worker.last_seen = now;
  FF_TRY(tx.PutWorker(worker, free_slots));
  const std::string who = worker.name.empty() ? worker.id : worker.name;
  if (!before.ok()) return tx.AddEvent({0, now, "", "", 0, "worker_joined", who});
  if (before->incarnation == worker.incarnation) return absl::OkStatus();
  return tx.AddEvent({0, now, "", "", 0, "worker_restarted", who});
}

}  // namespace

absl::StatusOr<WorkerOrders> Coordinator::SynchronizeWorker(const WorkerReport& raw) {
  FF_TRY_ASSIGN(const WorkerReport report, CheckReport(raw));
  const absl::Time now = clock_();
  WorkerOrders orders;
  orders.next_sync = options_.sync_interval;
  orders.lease_length = options_.lease_length;
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY(NoteWorker(tx, report.worker, report.free_slots, now));
    FF_TRY_ASSIGN(const scheduler::Snapshot snapshot, LoadForCall(tx, Rules(), report, now));
    const scheduler::Decision decision = scheduler::Decide(snapshot, EventOf(report), now);
    DecisionSaver saver(tx, now, &report.attempts);
    FF_TRY(saver.Save(decision));
    orders.settled_attempts = decision.settled;
    return AddLeases(tx, report.worker.id, &orders);
  }));
  return orders;
}

}  // namespace ff::coordinator
