#include "server/coordinator/load_snapshot.h"

#include <algorithm>

#include "server/coordinator/try.h"

namespace ff::coordinator {
namespace {

// More candidates than slots, since some may be left to the worker that has their checkpoints.
constexpr int kSpareCandidates = 32;

scheduler::ExperimentView ViewOf(const storage::ExperimentFacts& f) {
  return {f.sweep_id, f.id, f.state, f.epoch, f.failures, f.current_attempt, f.home_worker};
}

scheduler::AttemptView ViewOf(const Attempt& a) {
  return {a.id,    a.epoch,   a.sweep_id, a.experiment_id, a.worker_id, a.worker_incarnation,
          a.state, a.deadline};
}

template <typename List, typename Predicate>
bool Any(const List& list, Predicate predicate) {
  return std::any_of(list.begin(), list.end(), predicate);
}

}  // namespace

absl::Status SnapshotLoader::AddSweep(const std::string& id, SweepState state) {
  if (Any(snapshot_.sweeps, [&](const auto& s) { return s.id == id; })) return absl::OkStatus();
  FF_TRY_ASSIGN(const int open, view_.CountOpen(id));
  snapshot_.sweeps.push_back({id, state, open});
  return absl::OkStatus();
}

absl::Status SnapshotLoader::AddExperiment(const storage::ExperimentFacts& facts) {
  const auto same = [&](const auto& e) { return e.id == facts.id && e.sweep_id == facts.sweep_id; };
  if (Any(snapshot_.experiments, same)) return absl::OkStatus();
  snapshot_.experiments.push_back(ViewOf(facts));
  FF_TRY(AddSweep(facts.sweep_id, facts.sweep_state));
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

absl::Status SnapshotLoader::AddCandidates(const Worker& worker, int limit) {
  std::vector<std::string> kinds;
  for (const Device& device : worker.devices) kinds.push_back(device.kind);
  FF_TRY_ASSIGN(const auto candidates, view_.ListCandidates(worker.id, kinds, limit));
  for (const storage::ExperimentFacts& facts : candidates) {
    snapshot_.candidates.push_back(ViewOf(facts));
    FF_TRY(AddSweep(facts.sweep_id, facts.sweep_state));
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
  if (report.free_slots > 0) {
    FF_TRY(loader.AddCandidates(report.worker, report.free_slots + kSpareCandidates));
    FF_TRY_ASSIGN(std::vector<std::string> free, view.ListFreeWorkers(now - rules.lease_length));
    free.erase(std::remove(free.begin(), free.end(), report.worker.id), free.end());
    loader.SetFreeWorkers(std::move(free));
  }
  return loader.snapshot();
}

absl::StatusOr<scheduler::Snapshot> LoadForSweep(storage::View& view, const scheduler::Rules& rules,
                                                 const Sweep& sweep,
                                                 const std::vector<ExperimentState>& states) {
  SnapshotLoader loader(view, rules);
  FF_TRY(loader.AddSweep(sweep.id, sweep.state));
  storage::ExperimentFilter filter;
  filter.sweep_id = sweep.id;
  filter.states = states;
  FF_TRY_ASSIGN(const auto all, view.ListFacts(filter));
  for (const storage::ExperimentFacts& facts : all) FF_TRY(loader.AddExperiment(facts));
  return loader.snapshot();
}

}  // namespace ff::coordinator
