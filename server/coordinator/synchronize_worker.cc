#include <algorithm>
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

// The next larger number of micro-batches that divides the batch; one sequence is the least.
void HalveMicroBatch(Plan* plan) {
  for (int64_t parts = 2 * plan->accumulation_steps; parts <= plan->batch_size; ++parts) {
    if (plan->batch_size % parts != 0) continue;
    plan->accumulation_steps = parts;
    return;
  }
}

bool Lists(const WorkerReport& report, int64_t attempt_id) {
  return std::any_of(report.attempts.begin(), report.attempts.end(),
                     [&](const AttemptReport& one) { return one.attempt_id == attempt_id; });
}

// Everything the worker holds, as the database has it after the decision was saved. What it lists
// it has the plan of, so that is left out.
absl::Status AddLeases(storage::View& view, const WorkerReport& report, WorkerOrders* orders) {
  FF_TRY_ASSIGN(const std::vector<Attempt> live, view.ListLiveAttempts(report.worker.id));
  for (const Attempt& attempt : live) {
    if (Lists(report, attempt.id)) {
      orders->leases.push_back({attempt.id,
                                attempt.epoch,
                                attempt.sweep_id,
                                attempt.experiment_id,
                                {},
                                attempt.deadline,
                                attempt.device_id,
                                std::nullopt});
      continue;
    }
    FF_TRY_ASSIGN(auto leased, view.GetLeased(attempt.sweep_id, attempt.experiment_id));
    if (leased.memory_failures > 0) HalveMicroBatch(&leased.plan);
    orders->leases.push_back({attempt.id, attempt.epoch, attempt.sweep_id, attempt.experiment_id,
                              std::move(leased.plan), attempt.deadline, attempt.device_id,
                              std::move(leased.stored_checkpoint), std::move(leased.trace_id)});
  }
  return absl::OkStatus();
}

// Only a user drains, so what was loaded for the call still holds.
void AddDrain(const std::vector<Health>& health, absl::Time now, WorkerOrders* orders) {
  for (const Health& one : health) {
    if (!one.device_id.empty() || one.drain_until == absl::InfiniteFuture()) continue;
    orders->drain = std::max(one.drain_until - now, absl::ZeroDuration());
  }
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

// Of attempts that are still the worker's.
absl::Status KeepSamples(storage::Transaction& tx, const std::vector<SystemSample>& samples,
                         const std::vector<int64_t>& accepted) {
  for (const SystemSample& sample : samples) {
    const bool its =
        std::find(accepted.begin(), accepted.end(), sample.attempt_id) != accepted.end();
    if (its) FF_TRY(tx.AddSystemSample(sample));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WorkerOrders> Coordinator::SynchronizeWorker(const WorkerReport& raw) {
  FF_TRY_ASSIGN(const WorkerReport report, CheckReport(raw));
  const absl::Time now = clock_();
  WorkerOrders orders;
  const scheduler::Rules rules = Rules();
  orders.next_sync = SyncInterval();
  orders.lease_length = rules.lease_length;
  const bool known = recent_workers_.Knows(report.worker, report.free_slots, now);
  const std::vector<SystemSample> samples = system_sampler_.Take(report, now);
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    if (!known) FF_TRY(NoteWorker(tx, report.worker, report.free_slots, now));
    FF_TRY_ASSIGN(const scheduler::Snapshot snapshot, LoadForCall(tx, rules, report, now));
    const scheduler::Decision decision = scheduler::Decide(snapshot, EventOf(report), now);
    DecisionSaver saver(tx, now, &report);
    FF_TRY(saver.Save(decision));
    FF_TRY(KeepSamples(tx, samples, decision.accepted));
    orders.settled_attempts = decision.settled;
    AddDrain(snapshot.health, now, &orders);
    return AddLeases(tx, report, &orders);
  }));
  if (!known) recent_workers_.Note(report.worker, report.free_slots, now);
  ++synchronizations_;
  for (const AttemptReport& attempt : report.attempts) {
    measurements_ += static_cast<int64_t>(attempt.measurements.size());
  }
  return orders;
}

}  // namespace ff::coordinator
