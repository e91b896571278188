#include "tests/server/scheduler/simulation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace ff::scheduler {
namespace {

constexpr double kTick = 1, kCallEvery = 5, kFaultSeconds = 400, kEndSeconds = 20000;
constexpr absl::Duration kLease = absl::Seconds(20), kGrace = absl::Seconds(60);
constexpr int kCheckpointEvery = 5;

Rules SimulationRules() {
  Rules rules;
  rules.lease_length = kLease;
  rules.max_retries = 1000;  // of what is struck here everything is to come right
  rules.backoff = absl::Seconds(2);
  rules.max_backoff = absl::Seconds(30);
  rules.quarantine_after = 3;
  rules.fast = absl::Seconds(30);
  return rules;
}

}  // namespace

void SimulationCounts::Add(const SimulationCounts& other) {
  steps += other.steps;
  decisions += other.decisions;
  for (const auto& [what, count] : other.faults) faults[what] += count;
}

Simulation::Simulation(uint64_t seed)
    : random_(seed), coordinator_(std::make_unique<SimulatedCoordinator>(SimulationRules())) {
  coordinator_->AddSweep("s0", 2 + static_cast<int>(Uniform(0, 5)), 6);
  if (Chance(0.5)) coordinator_->AddSweep("s1", 1 + static_cast<int>(Uniform(0, 3)), 9);
  const int workers = 2 + static_cast<int>(Uniform(0, 3));
  for (int i = 0; i < workers; ++i) {
    Worker& worker = workers_.emplace_back();
    worker.id = absl::StrCat("w", i);
    worker.slots = 1 + static_cast<int>(Uniform(0, 2));
    worker.speed = Uniform(0.1, 0.6);  // steps a second
  }
  coordinator_->Start(CoordinatorTime(), kGrace);
}

double Simulation::Uniform(double low, double high) {
  return low + (high - low) * static_cast<double>(random_() >> 11) / 9007199254740992.0;
}

bool Simulation::Chance(double probability) { return Uniform(0, 1) < probability; }

std::vector<std::string> Simulation::Run() {
  while (now_ < kFaultSeconds && coordinator_->violations().empty()) Advance(/*faults=*/true);
  // From here on everybody does what is right.
  coordinator_->SetDiskFull(false);
  disk_until_ = 0;
  for (Worker& worker : workers_) {
    worker.broken = worker.disk_full = worker.draining = false;
    worker.cut_until = 0;
  }
  const double begun = now_;
  while (!coordinator_->Over() && now_ < begun + kEndSeconds) {
    if (coordinator_up_) {
      for (const std::string& id : coordinator_->Quarantined()) {
        coordinator_->Happen(UserUncordons{id, ""}, CoordinatorTime());
      }
      for (const SweepView& sweep : coordinator_->world().sweeps) {
        if (sweep.state == SweepState::kPaused) {
          coordinator_->Happen(UserResumes{sweep.id}, CoordinatorTime());
          break;
        }
      }
    }
    Advance(/*faults=*/false);
    if (!coordinator_->violations().empty()) break;
  }
  // Late and repeated calls that are still on their way change nothing any more.
  for (int i = 0; i < 100; ++i) Advance(/*faults=*/false);
  coordinator_->CheckEnd();
  counts_.decisions = coordinator_->decisions();
  return coordinator_->violations();
}

void Simulation::Advance(bool faults) {
  now_ += kTick;
  ++counts_.steps;
  if (faults) {
    StrikeCoordinator();
    for (Worker& worker : workers_) StrikeWorker(worker);
    UserActs();
  }
  if (!coordinator_up_ && (now_ >= coordinator_back_ || !faults)) {
    coordinator_up_ = true;
    coordinator_->Start(CoordinatorTime(), kGrace);
  }
  coordinator_->SetDiskFull(now_ < disk_until_);
  if (coordinator_up_) coordinator_->Happen(TimePasses{}, CoordinatorTime());
  for (size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = workers_[i];
    if (!worker.alive && (now_ >= worker.back_at || !faults)) worker.alive = true;
    if (!worker.alive) continue;
    Train(worker, kTick, faults);
    MaybeCall(i, faults);
  }
  while (!network_.empty() && network_.top().at <= now_) {
    Message message = network_.top();
    network_.pop();
    ++counts_.steps;
    Deliver(std::move(message), faults);
  }
}

void Simulation::StrikeCoordinator() {
  if (coordinator_up_ && Chance(0.008)) {
    Fault("coordinator killed");
    coordinator_up_ = false;
    coordinator_back_ = now_ + Uniform(1, 90);
    if (Chance(0.3)) {
      Fault("clock jump");
      offset_ += Uniform(-4000, 4000);
    }
  }
  if (now_ >= disk_until_ && Chance(0.003)) {
    Fault("coordinator's disk full");
    disk_until_ = now_ + Uniform(5, 60);
  }
}

void Simulation::StrikeWorker(Worker& worker) {
  if (worker.alive && Chance(0.006)) Kill(worker);
  if (now_ >= worker.cut_until && Chance(0.006)) {
    Fault("partition");
    worker.cut_until = now_ + Uniform(5, 90);
  }
  if (Chance(0.003)) {
    worker.disk_full = !worker.disk_full;
    if (worker.disk_full) Fault("worker's disk full");
  }
  if (Chance(0.002)) {
    worker.broken = !worker.broken;
    if (worker.broken) Fault("black hole");
  }
}

void Simulation::Kill(Worker& worker) {
  Fault("worker killed");
  worker.alive = false;
  worker.back_at = now_ + Uniform(0, 60);
  ++worker.incarnation;
  worker.open_call.reset();
  ++worker.call_number;  // answers to the dead process reach nobody
  worker.held.clear();
  // The next process finds the results that were not delivered.
  for (const Training& training : worker.finished_on_disk) worker.held.push_back(training);
  worker.next_call = 0;
}

void Simulation::UserActs() {
  if (!coordinator_up_ || !Chance(0.01)) return;
  const auto& sweeps = coordinator_->world().sweeps;
  const std::string sweep = sweeps[random_() % sweeps.size()].id;
  const std::string worker = workers_[random_() % workers_.size()].id;
  const absl::Time now = CoordinatorTime();
  switch (random_() % 4) {
    case 0:
      coordinator_->Happen(UserPauses{sweep}, now);
      break;
    case 1:
      coordinator_->Happen(UserResumes{sweep}, now);
      break;
    case 2:
      coordinator_->Happen(UserDrains{worker, now + absl::Seconds(10)}, now);
      break;
    default:
      coordinator_->Happen(UserUncordons{worker, ""}, now);
  }
}

void Simulation::Train(Worker& worker, double seconds, bool faults) {
  for (Training& training : worker.held) {
    if (training.state == "starting") {
      training.state = "running";
      if (worker.broken) {
        training.state = "failed";
        training.failure = Failure{"crashed", "black hole"};
        worker.next_call = 0;
      }
      continue;
    }
    if (training.state != "running") continue;
    if (faults && Chance(0.004)) {
      Fault("trainer crashed");
      training.state = "failed";
      training.failure = Failure{Chance(0.2) ? "stalled" : "crashed", "struck"};
      worker.next_call = 0;
      continue;
    }
    if (!Chance(worker.speed * seconds)) continue;
    training.pending.push_back(++training.step);
    if (training.step % kCheckpointEvery == 0 && !worker.disk_full) {
      training.checkpoint = training.step;
      worker.checkpoints[training.sweep + "/" + training.experiment] = training.step;
    }
    if (training.step < training.steps) continue;
    training.state = "finished";
    if (!worker.disk_full) worker.finished_on_disk.push_back(training);
    worker.next_call = 0;
  }
}

Call Simulation::MakeCall(Worker& worker) {
  Call call;
  call.what.worker_id = worker.id;
  call.what.incarnation = absl::StrCat(worker.incarnation);
  const int busy =
      static_cast<int>(std::count_if(worker.held.begin(), worker.held.end(), [](const Training& t) {
        return t.state == "starting" || t.state == "running";
      }));
  call.what.free_slots = worker.disk_full ? 0 : std::max(worker.slots - busy, 0);
  Device device;
  device.id = "d", device.kind = "cpu", device.slots = worker.slots;
  device.free_slots = call.what.free_slots;
  call.what.devices = {device};
  worker.sent.clear();
  for (const Training& t : worker.held) {
    call.what.reports.push_back(
        {t.attempt, t.epoch, t.state, t.failure, t.checkpoint, t.step > t.resumed, false});
    call.steps[t.attempt] = t.pending;
    worker.sent[t.attempt] = t.pending.size();
  }
  return call;
}

void Simulation::MaybeCall(size_t index, bool faults) {
  Worker& worker = workers_[index];
  if (now_ < worker.next_call) return;
  if (!worker.open_call.has_value()) {
    ++worker.call_number;
    worker.open_call = MakeCall(worker);
  }
  worker.next_call = now_ + kCallEvery;  // unanswered by then, it is sent again as it was
  Send(index, faults);
}

void Simulation::Send(size_t index, bool faults) {
  const Worker& worker = workers_[index];
  Message message;
  message.worker = index;
  message.call_number = worker.call_number;
  message.call = *worker.open_call;
  const int copies = faults && Chance(0.05) ? 2 : 1;
  if (copies > 1) Fault("call repeated");
  for (int i = 0; i < copies; ++i) {
    if (now_ < worker.cut_until || (faults && Chance(0.05))) {
      Fault("call lost");
      continue;
    }
    // A copy may come long after its sender has given up and gone on.
    const bool late = faults && Chance(0.05);
    if (late) Fault("call delayed");
    message.at = now_ + (late ? Uniform(10, 200) : Uniform(0, 2));
    message.order = ++order_;
    network_.push(message);
  }
}

void Simulation::Deliver(Message message, bool faults) {
  Worker& worker = workers_[message.worker];
  if (message.to_worker) {
    const bool heard = worker.alive && worker.open_call.has_value() &&
                       message.call_number == worker.call_number && now_ >= worker.cut_until;
    if (heard) Follow(worker, message.answer);
    return;
  }
  if (!coordinator_up_) return;
  const std::optional<Answer> answer = coordinator_->Synchronize(message.call, CoordinatorTime());
  if (!answer.has_value()) return;  // an error: the worker asks again
  if (faults && Chance(0.05)) {
    Fault("answer lost");
    return;
  }
  message.to_worker = true;
  message.answer = *answer;
  message.at = now_ + Uniform(0, 2);
  message.order = ++order_;
  network_.push(std::move(message));
}

// As worker/agent/session_orders.cc does it.
void Simulation::Follow(Worker& worker, const Answer& answer) {
  worker.open_call.reset();
  for (Training& t : worker.held) {
    const bool heard = std::count(answer.settled.begin(), answer.settled.end(), t.attempt) > 0 ||
                       std::any_of(answer.leases.begin(), answer.leases.end(),
                                   [&](const AttemptView& a) { return a.id == t.attempt; });
    if (!heard) continue;
    const size_t sent = std::min(worker.sent[t.attempt], t.pending.size());
    t.pending.erase(t.pending.begin(), t.pending.begin() + static_cast<long>(sent));
  }
  const auto is_settled = [&](const Training& t) {
    return std::count(answer.settled.begin(), answer.settled.end(), t.attempt) > 0 &&
           t.state != "starting" && t.state != "running";
  };
  std::erase_if(worker.finished_on_disk, is_settled);
  std::erase_if(worker.held, is_settled);
  std::erase_if(worker.held, [&](const Training& t) {
    const bool listed = std::any_of(answer.leases.begin(), answer.leases.end(),
                                    [&](const AttemptView& a) { return a.id == t.attempt; });
    return !listed && t.state != "finished";
  });
  for (const AttemptView& lease : answer.leases) {
    const bool known = std::any_of(worker.held.begin(), worker.held.end(),
                                   [&](const Training& t) { return t.attempt == lease.id; });
    if (known) continue;
    Training training;
    training.attempt = lease.id, training.epoch = lease.epoch;
    training.sweep = lease.sweep_id, training.experiment = lease.experiment_id;
    training.steps = coordinator_->StepsOf(lease.sweep_id, lease.experiment_id);
    training.resumed = training.step = training.checkpoint =
        worker.checkpoints[training.sweep + "/" + training.experiment];
    for (int64_t step = 1; step <= training.resumed; ++step) training.pending.push_back(step);
    worker.held.push_back(training);
  }
  if (!answer.drain) return;
  for (Training& t : worker.held) {
    if (t.state == "starting" || t.state == "running") t.state = "stopped";
  }
}

}  // namespace ff::scheduler
