#include "tests/server/scheduler/simulated_coordinator.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/scheduler/scheduler.h"

namespace ff::scheduler {
namespace {

// The whole state is looked at now and then; every change is, always.
constexpr int64_t kWholeStateEvery = 32;

std::string NameOf(const std::string& sweep, const std::string& id) {
  return absl::StrCat(sweep, "/", id);
}

}  // namespace

void SimulatedCoordinator::AddSweep(const std::string& id, int experiments, int steps) {
  world_.sweeps.push_back({id, SweepState::kActive, experiments});
  for (int i = 0; i < experiments; ++i) {
    ExperimentView& e = world_.experiments.emplace_back();
    e.sweep_id = id;
    e.id = absl::StrCat(id, "e", i);
    stored_[NameOf(id, e.id)].steps = steps + i;
  }
}

int SimulatedCoordinator::StepsOf(const std::string& sweep, const std::string& id) const {
  return stored_.at(NameOf(sweep, id)).steps;
}

bool SimulatedCoordinator::Over() const {
  return std::all_of(world_.sweeps.begin(), world_.sweeps.end(),
                     [](const SweepView& s) { return s.open == 0; });
}

ExperimentView& SimulatedCoordinator::Find(const std::string& sweep, const std::string& id) {
  return *std::find_if(world_.experiments.begin(), world_.experiments.end(),
                       [&](const auto& e) { return e.id == id && e.sweep_id == sweep; });
}

AttemptView& SimulatedCoordinator::FindAttempt(int64_t id) {
  return world_.attempts.at(static_cast<size_t>(id - 1));
}

void SimulatedCoordinator::Complain(const std::string& sentence) {
  if (violations_.size() < 20) violations_.push_back(sentence);
}

void SimulatedCoordinator::Start(absl::Time now, absl::Duration grace) {
  started_ = now;
  grace_ = grace;
  rules_.no_expiry_before = now + grace;
  Happen(ClockIsSet{}, now);
}

Snapshot SimulatedCoordinator::Load(const Event& event) {
  Snapshot snapshot;
  snapshot.rules = rules_;
  snapshot.rules.may_grant = !disk_full_;
  snapshot.sweeps = world_.sweeps;
  snapshot.experiments = world_.experiments;
  const auto* call = std::get_if<WorkerCalls>(&event);
  for (const AttemptView& attempt : world_.attempts) {
    const bool reported =
        call != nullptr && std::any_of(call->reports.begin(), call->reports.end(),
                                       [&](const Report& r) { return r.attempt_id == attempt.id; });
    if (attempt.Live() || reported) snapshot.attempts.push_back(attempt);
  }
  for (const ExperimentView& e : world_.experiments) {
    if (e.state == ExperimentState::kWaiting) snapshot.candidates.push_back(e);
  }
  std::string worker;
  if (call != nullptr) worker = call->worker_id;
  if (auto* drain = std::get_if<UserDrains>(&event)) worker = drain->worker_id;
  if (auto* undo = std::get_if<UserUncordons>(&event)) worker = undo->worker_id;
  for (const auto& [device, health] : health_[worker]) snapshot.health.push_back(health);
  return snapshot;
}

bool SimulatedCoordinator::Happen(const Event& event, absl::Time now) {
  const Decision decision = Decide(Load(event), event, now);
  ++decisions_;
  // A commit that fails changes nothing; one without changes needs no room.
  if (disk_full_ && !decision.changes.empty()) return false;
  for (const Change& change : decision.changes) {
    CheckChange(change, event, now);
    Apply(change, now);
  }
  if (decisions_ % kWholeStateEvery == 0) {
    for (const std::string& sentence : CheckState(world_)) Complain(sentence);
  }
  return true;
}

std::optional<Answer> SimulatedCoordinator::Synchronize(const Call& call, absl::Time now) {
  const Decision decision = Decide(Load(call.what), call.what, now);
  ++decisions_;
  if (disk_full_) return std::nullopt;  // not even the worker's last_seen can be written
  for (const int64_t id : decision.accepted) {
    const AttemptView& attempt = FindAttempt(id);
    Stored& stored = stored_[NameOf(attempt.sweep_id, attempt.experiment_id)];
    const auto steps = call.steps.find(id);
    if (steps == call.steps.end()) continue;
    for (const int64_t step : steps->second) {
      int64_t& newest = stored.curve[step];
      newest = std::max(newest, id);
    }
  }
  for (const Change& change : decision.changes) {
    CheckChange(change, call.what, now);
    Apply(change, now);
  }
  if (decisions_ % kWholeStateEvery == 0) {
    for (const std::string& sentence : CheckState(world_)) Complain(sentence);
  }
  Answer answer;
  answer.settled = decision.settled;
  answer.lease_length = rules_.lease_length;
  for (const AttemptView& attempt : world_.attempts) {
    if (attempt.Live() && attempt.worker_id == call.what.worker_id) {
      answer.leases.push_back(attempt);
    }
  }
  const Health& whole = health_[call.what.worker_id][""];
  answer.drain = whole.drain_until <= now;
  return answer;
}

// What no single change may do, whatever the state as a whole looks like afterwards.
void SimulatedCoordinator::CheckChange(const Change& change, const Event& event, absl::Time now) {
  if (const auto* grant = std::get_if<Grant>(&change)) {
    const ExperimentView& e = Find(grant->sweep_id, grant->experiment_id);
    if (e.state != ExperimentState::kWaiting || e.current_attempt != 0) {
      Complain(absl::StrCat(NameOf(e.sweep_id, e.id), " was granted although it does not wait"));
    }
    if (grant->epoch != e.epoch + 1) {
      Complain(absl::StrCat(NameOf(e.sweep_id, e.id), " was granted under a used epoch"));
    }
    if (e.not_before > now && e.not_before <= now + rules_.max_backoff)
      Complain("an experiment was granted during its pause");
  }
  if (const auto* end = std::get_if<EndAttempt>(&change)) {
    const AttemptView& attempt = FindAttempt(end->attempt_id);
    const bool late =
        end->state == "finished" && attempt.state != "cancelled" && attempt.state != "finished";
    if (!attempt.Live() && !late) {
      Complain(
          absl::StrCat("attempt ", attempt.id, " went from ", attempt.state, " to ", end->state));
    }
    if (std::holds_alternative<TimePasses>(event) && now <= started_ + grace_) {
      Complain(absl::StrCat("attempt ", attempt.id, " expired within the grace after a restart"));
    }
  }
  if (const auto* keep = std::get_if<KeepResult>(&change)) {
    const std::string name = NameOf(keep->sweep_id, keep->experiment_id);
    if (std::count(world_.results.begin(), world_.results.end(), name) > 0) {
      Complain(absl::StrCat(name, " got a second result"));
    }
  }
}

void SimulatedCoordinator::Apply(const Change& change, absl::Time now) {
  const auto in_flight = [](ExperimentState s) {
    return s == ExperimentState::kLeased || s == ExperimentState::kRunning ? 1 : 0;
  };
  const auto open = [](ExperimentState s) { return s <= ExperimentState::kRunning ? 1 : 0; };
  const auto sweep_of = [&](const std::string& id) -> SweepView& {
    return *std::find_if(world_.sweeps.begin(), world_.sweeps.end(),
                         [&](const SweepView& s) { return s.id == id; });
  };
  const auto set = [&](ExperimentView& old, const ExperimentView& fresh) {
    SweepView& sweep = sweep_of(old.sweep_id);
    sweep.open += open(fresh.state) - open(old.state);
    sweep.in_flight += in_flight(fresh.state) - in_flight(old.state);
    old = fresh;
  };
  if (const auto* grant = std::get_if<Grant>(&change)) {
    const int64_t id = static_cast<int64_t>(world_.attempts.size()) + 1;
    world_.attempts.push_back({id, grant->epoch, grant->sweep_id, grant->experiment_id,
                               grant->worker_id, grant->incarnation, "leased", grant->deadline, now,
                               grant->device_id});
    ExperimentView fresh = Find(grant->sweep_id, grant->experiment_id);
    fresh.state = ExperimentState::kLeased;
    fresh.epoch = grant->epoch;
    fresh.current_attempt = id;
    set(Find(grant->sweep_id, grant->experiment_id), fresh);
  } else if (const auto* renew = std::get_if<Renew>(&change)) {
    AttemptView& attempt = FindAttempt(renew->attempt_id);
    attempt.deadline = renew->deadline;
    if (renew->started) attempt.state = "running";
  } else if (const auto* end = std::get_if<EndAttempt>(&change)) {
    FindAttempt(end->attempt_id).state = end->state;
  } else if (const auto* moved = std::get_if<SetExperiment>(&change)) {
    set(Find(moved->experiment.sweep_id, moved->experiment.id), moved->experiment);
  } else if (const auto* keep = std::get_if<KeepResult>(&change)) {
    world_.results.push_back(NameOf(keep->sweep_id, keep->experiment_id));
  } else if (const auto* sweep = std::get_if<SetSweep>(&change)) {
    sweep_of(sweep->sweep_id).state = sweep->state;
  } else if (const auto* health = std::get_if<SetHealth>(&change)) {
    health_[health->worker_id][health->health.device_id] = health->health;
  }
}

std::vector<std::string> SimulatedCoordinator::Quarantined() const {
  std::vector<std::string> workers;
  for (const auto& [worker, devices] : health_) {
    const bool any = std::any_of(devices.begin(), devices.end(),
                                 [](const auto& d) { return !d.second.cordoned.empty(); });
    if (any) workers.push_back(worker);
  }
  return workers;
}

void SimulatedCoordinator::CheckEnd() {
  for (const std::string& sentence : CheckState(world_)) Complain(sentence);
  for (const ExperimentView& e : world_.experiments) {
    const std::string name = NameOf(e.sweep_id, e.id);
    const Stored& stored = stored_.at(name);
    const auto results = std::count(world_.results.begin(), world_.results.end(), name);
    if (e.state != ExperimentState::kFinished || results != 1) {
      Complain(absl::StrCat(name, " ended with ", results, " results in state ",
                            static_cast<int>(e.state), " after ", e.epoch, " attempts"));
    }
    if (static_cast<int>(stored.curve.size()) != stored.steps) {
      Complain(absl::StrCat(name, "'s curve has ", stored.curve.size(), " of ", stored.steps,
                            " points"));
    }
  }
}

}  // namespace ff::scheduler
