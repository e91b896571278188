#include "server/coordinator/load_snapshot.h"

#include <algorithm>
#include <set>

#include "server/coordinator/try.h"

namespace ff::coordinator {
namespace {

// More candidates than slots, since some may be left to the worker that has their checkpoints.
constexpr int kSpareCandidates = 8;

// Sweeps that are looked at for one call. Where more than these have something waiting, the
// youngest of the lowest priority are looked at once others have ended.
constexpr int kMostSweeps = 64;

scheduler::ExperimentView ViewOf(const storage::ExperimentFacts& f) {
  scheduler::ExperimentView view{f.sweep_id,        f.id,         f.state, f.epoch, f.failures,
                                 f.current_attempt, f.home_worker};
  view.losses = f.losses;
  view.memory_failures = f.memory_failures;
  view.not_before = f.not_before;
  view.device_kind = f.device;
  view.memory_bytes = f.memory_bytes;
  return view;
}

scheduler::AttemptView ViewOf(const Attempt& a) {
  return {a.id,    a.epoch,    a.sweep_id,   a.experiment_id, a.worker_id, a.worker_incarnation,
          a.state, a.deadline, a.started_at, a.device_id};
}

bool HasAll(const std::vector<std::string>& labels, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& label) {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
  });
}

template <typename List, typename Predicate>
bool Any(const List& list, Predicate predicate) {
  return std::any_of(list.begin(), list.end(), predicate);
}

}  // namespace

void SnapshotLoader::AddLoad(const storage::SweepLoad& load) {
  if (Any(snapshot_.sweeps, [&](const auto& s) { return s.id == load.id; })) return;
  snapshot_.sweeps.push_back({load.id, load.state, load.waiting + load.in_flight, load.in_flight,
                              load.scheduling.priority, load.scheduling.weight,
                              load.scheduling.max_running});
}

absl::Status SnapshotLoader::AddSweep(const std::string& id) {
  if (Any(snapshot_.sweeps, [&](const auto& s) { return s.id == id; })) return absl::OkStatus();
  FF_TRY_ASSIGN(const storage::SweepLoad load, view_.GetLoad(id));
  AddLoad(load);
  return absl::OkStatus();
}

absl::Status SnapshotLoader::AddHealth(const std::string& worker_id) {
  FF_TRY_ASSIGN(const auto health, view_.ListHealth(worker_id));
  for (const auto& [worker, one] : health) snapshot_.health.push_back(one);
  return absl::OkStatus();
}

absl::Status SnapshotLoader::AddExperiment(const storage::ExperimentFacts& facts) {
  const auto same = [&](const auto& e) { return e.id == facts.id && e.sweep_id == facts.sweep_id; };
  if (Any(snapshot_.experiments, same)) return absl::OkStatus();
  snapshot_.experiments.push_back(ViewOf(facts));
  FF_TRY(AddSweep(facts.sweep_id));
  return facts.current_attempt == 0 ? absl::OkStatus() : AddAttemptById(facts.current_attempt);
}

absl::Status SnapshotLoader::AddAttempt(const Attempt& attempt) {
  if (Any(snapshot_.attempts, [&](const auto& a) { return a.id == attempt.id; })) {
    return absl::OkStatus();
  }
  snapshot_.attempts.push_back(ViewOf(attempt));
  FF_TRY_ASSIGN(const auto facts, view_.GetFacts(attempt.sweep_id, attempt.experiment_id));
  return AddExperiment(facts);
}

absl::Status SnapshotLoader::AddAttemptById(int64_t id) {
  if (Any(snapshot_.attempts, [&](const auto& a) { return a.id == id; })) return absl::OkStatus();
  const absl::StatusOr<Attempt> attempt = view_.GetAttempt(id);
  if (absl::IsNotFound(attempt.status())) return absl::OkStatus();
  if (!attempt.ok()) return attempt.status();
  return AddAttempt(*attempt);
}

absl::Status SnapshotLoader::AddCandidates(const Worker& worker, int limit, absl::Time now) {
  storage::CandidateFilter filter;
  filter.worker_id = worker.id;
  filter.modes = worker.modes;
  filter.now = now;
  filter.longest_pause = snapshot_.rules.max_backoff;
  filter.limit = limit;
  for (const Device& device : worker.devices) {
    filter.device_kinds.push_back(device.kind);
    filter.memory_bytes = std::max(filter.memory_bytes, device.memory_bytes);
  }
  FF_TRY_ASSIGN(const auto loads, view_.ListWaitingSweeps(kMostSweeps));
  int found = 0, priority = 0;
  for (const storage::SweepLoad& load : loads) {
    // Once the higher priorities have enough, the lower ones get nothing from this call.
    if (found >= limit && load.scheduling.priority < priority) break;
    priority = load.scheduling.priority;
    const int cap = load.scheduling.max_running;
    if (!HasAll(worker.labels, load.scheduling.labels)) continue;
    if (cap > 0 && load.in_flight >= cap) continue;
    AddLoad(load);
    FF_TRY_ASSIGN(const auto candidates, view_.ListCandidates(load.id, filter));
    for (const auto& facts : candidates) snapshot_.candidates.push_back(ViewOf(facts));
    // Of a sweep with a cap no more can be granted than the cap leaves.
    const int grantable = static_cast<int>(candidates.size());
    found += cap > 0 ? std::min(grantable, cap - load.in_flight) : grantable;
  }
  return AddFreeHomes(worker.id, now - snapshot_.rules.lease_length);
}

absl::Status SnapshotLoader::AddFreeHomes(const std::string& caller, absl::Time since) {
  std::set<std::string> homes;
  for (const scheduler::ExperimentView& e : snapshot_.candidates) homes.insert(e.home_worker);
  for (const std::string& home : homes) {
    if (home.empty() || home == caller) continue;
    FF_TRY_ASSIGN(const bool free, view_.IsFree(home, since));
    if (free) snapshot_.free_workers.push_back(home);
  }
  return absl::OkStatus();
}

absl::StatusOr<scheduler::Snapshot> LoadForCall(storage::View& view, const scheduler::Rules& rules,
                                                const WorkerReport& report, absl::Time now) {
  SnapshotLoader loader(view, rules);
  FF_TRY_ASSIGN(const std::vector<Attempt> live, view.ListLiveAttempts(report.worker.id));
  for (const Attempt& attempt : live) FF_TRY(loader.AddAttempt(attempt));
  for (const AttemptReport& attempt : report.attempts) {
    FF_TRY(loader.AddAttemptById(attempt.attempt_id));
  }
  FF_TRY(loader.AddHealth(report.worker.id));
  if (report.free_slots > 0 && rules.may_grant) {
    FF_TRY(loader.AddCandidates(report.worker, report.free_slots + kSpareCandidates, now));
  }
  return loader.snapshot();
}

absl::StatusOr<scheduler::Snapshot> LoadForSweep(storage::View& view, const scheduler::Rules& rules,
                                                 const Sweep& sweep,
                                                 const std::vector<ExperimentState>& states) {
  SnapshotLoader loader(view, rules);
  FF_TRY(loader.AddSweep(sweep.id));
  storage::ExperimentFilter filter;
  filter.sweep_id = sweep.id;
  filter.states = states;
  FF_TRY_ASSIGN(const auto all, view.ListFacts(filter));
  for (const storage::ExperimentFacts& facts : all) FF_TRY(loader.AddExperiment(facts));
  return loader.snapshot();
}

}  // namespace ff::coordinator
