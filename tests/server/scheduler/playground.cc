#include "tests/server/scheduler/playground.h"

#include <algorithm>
#include <set>

#include "server/scheduler/scheduler.h"

namespace ff::scheduler {
namespace {

std::string SweepOf(const Event& event) {
  if (auto* e = std::get_if<UserPauses>(&event)) return e->sweep_id;
  if (auto* e = std::get_if<UserResumes>(&event)) return e->sweep_id;
  if (auto* e = std::get_if<UserCancels>(&event)) return e->sweep_id;
  if (auto* e = std::get_if<UserRetries>(&event)) return e->sweep_id;
  return "";
}

std::string WorkerOf(const Event& event) {
  if (auto* e = std::get_if<WorkerCalls>(&event)) return e->worker_id;
  if (auto* e = std::get_if<UserDrains>(&event)) return e->worker_id;
  if (auto* e = std::get_if<UserUncordons>(&event)) return e->worker_id;
  return "";
}

bool Wanted(const AttemptView& attempt, const Event& event, const ExperimentView& experiment) {
  if (std::holds_alternative<TimePasses>(event)) return attempt.Live();
  const auto* call = std::get_if<WorkerCalls>(&event);
  if (call == nullptr) return attempt.sweep_id == SweepOf(event) && attempt.Live();
  const auto listed = [&](int64_t id) {
    return std::any_of(call->reports.begin(), call->reports.end(),
                       [&](const Report& r) { return r.attempt_id == id; });
  };
  return listed(attempt.id) || (attempt.Live() && attempt.worker_id == call->worker_id);
}

}  // namespace

void Playground::AddSweep(const std::string& id, const std::vector<std::string>& experiments) {
  world.sweeps.push_back({id, SweepState::kActive, static_cast<int>(experiments.size())});
  for (const std::string& name : experiments) {
    ExperimentView& experiment = world.experiments.emplace_back();
    experiment.sweep_id = id;
    experiment.id = name;
  }
}

ExperimentView& Playground::Find(const std::string& sweep, const std::string& id) {
  return *std::find_if(world.experiments.begin(), world.experiments.end(),
                       [&](const auto& e) { return e.sweep_id == sweep && e.id == id; });
}

AttemptView* Playground::FindAttempt(int64_t id) {
  auto found = std::find_if(world.attempts.begin(), world.attempts.end(),
                            [&](const auto& a) { return a.id == id; });
  return found == world.attempts.end() ? nullptr : &*found;
}

SweepView& Playground::FindSweep(const std::string& id) {
  return *std::find_if(world.sweeps.begin(), world.sweeps.end(),
                       [&](const auto& s) { return s.id == id; });
}

Snapshot Playground::Load(const Event& event) {
  Snapshot snapshot;
  snapshot.sweeps = world.sweeps;
  snapshot.rules = rules;
  snapshot.free_workers = free_workers;
  for (const auto& [device, one] : health[WorkerOf(event)]) snapshot.health.push_back(one);
  std::set<int64_t> attempts;
  for (const AttemptView& attempt : world.attempts) {
    const ExperimentView& experiment = Find(attempt.sweep_id, attempt.experiment_id);
    if (!Wanted(attempt, event, experiment)) continue;
    attempts.insert(attempt.id);
    if (experiment.current_attempt != 0) attempts.insert(experiment.current_attempt);
  }
  for (int64_t id : attempts) snapshot.attempts.push_back(*FindAttempt(id));
  for (const ExperimentView& experiment : world.experiments) {
    const bool touched =
        std::any_of(snapshot.attempts.begin(), snapshot.attempts.end(), [&](const AttemptView& a) {
          return a.sweep_id == experiment.sweep_id && a.experiment_id == experiment.id;
        });
    if (touched || experiment.sweep_id == SweepOf(event))
      snapshot.experiments.push_back(experiment);
    const bool active = FindSweep(experiment.sweep_id).state == SweepState::kActive;
    if (experiment.state == ExperimentState::kWaiting && active) {
      snapshot.candidates.push_back(experiment);
    }
  }
  return snapshot;
}

void Playground::Apply(const Change& change) {
  if (const auto* grant = std::get_if<Grant>(&change)) {
    const int64_t id = static_cast<int64_t>(world.attempts.size()) + 1;
    world.attempts.push_back({id, grant->epoch, grant->sweep_id, grant->experiment_id,
                              grant->worker_id, grant->incarnation, "leased", grant->deadline, now,
                              grant->device_id});
    ExperimentView& experiment = Find(grant->sweep_id, grant->experiment_id);
    experiment.state = ExperimentState::kLeased;
    experiment.epoch = grant->epoch;
    experiment.current_attempt = id;
    ++FindSweep(grant->sweep_id).in_flight;
  } else if (const auto* renew = std::get_if<Renew>(&change)) {
    AttemptView* attempt = FindAttempt(renew->attempt_id);
    attempt->deadline = renew->deadline;
    if (renew->started) attempt->state = "running";
  } else if (const auto* end = std::get_if<EndAttempt>(&change)) {
    FindAttempt(end->attempt_id)->state = end->state;
  } else if (const auto* set = std::get_if<SetExperiment>(&change)) {
    ExperimentView& old = Find(set->experiment.sweep_id, set->experiment.id);
    SweepView& sweep = FindSweep(old.sweep_id);
    const auto open = [](ExperimentState s) { return s <= ExperimentState::kRunning ? 1 : 0; };
    const auto in_flight = [](ExperimentState s) {
      return s == ExperimentState::kLeased || s == ExperimentState::kRunning ? 1 : 0;
    };
    sweep.open += open(set->experiment.state) - open(old.state);
    sweep.in_flight += in_flight(set->experiment.state) - in_flight(old.state);
    old = set->experiment;
  } else if (const auto* keep = std::get_if<KeepResult>(&change)) {
    world.results.push_back(keep->sweep_id + "/" + keep->experiment_id);
  } else if (const auto* set = std::get_if<SetSweep>(&change)) {
    FindSweep(set->sweep_id).state = set->state;
  } else if (const auto* set = std::get_if<SetHealth>(&change)) {
    health[set->worker_id][set->health.device_id] = set->health;
  }
}

Decision Playground::Happen(const Event& event) {
  Decision decision = Decide(Load(event), event, now);
  for (const Change& change : decision.changes) Apply(change);
  return decision;
}

}  // namespace ff::scheduler
