// Sweeps from a seed: the real scheduler, a network that loses, delays, repeats and reorders
// calls, workers that train, crash and forget, and a coordinator that is killed, whose disk fills
// up and whose clock jumps while it is away. All on one virtual clock: the same seed is the same
// run, step by step. For one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "tests/server/scheduler/simulated_coordinator.h"

namespace ff::scheduler {

struct SimulationCounts {
  int64_t steps = 0, decisions = 0;
  // By what went wrong: "worker killed", "call lost", ...
  std::map<std::string, int64_t> faults;
  void Add(const SimulationCounts& other);
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed);

  // Faults for a while, then everybody behaves until all is done. What was wrong; empty: nothing.
  std::vector<std::string> Run();
  const SimulationCounts& counts() const { return counts_; }

 private:
  struct Training {
    int64_t attempt = 0, epoch = 0;
    std::string sweep, experiment, state = "starting";
    int64_t step = 0, resumed = 0, steps = 0, checkpoint = 0;
    std::vector<int64_t> pending;  // measured and not acknowledged
    std::optional<Failure> failure;
  };
  struct Worker {
    std::string id;
    int incarnation = 1, slots = 1;
    bool alive = true, broken = false, disk_full = false, draining = false;
    double cut_until = 0, next_call = 0, back_at = 0, speed = 1;
    std::vector<Training> held;
    std::map<std::string, int64_t> checkpoints;  // on its disk, by experiment
    std::vector<Training> finished_on_disk;
    std::optional<Call> open_call;  // repeated until it is answered
    int64_t call_number = 0;
    std::map<int64_t, size_t> sent;  // measurements in the open call
  };
  struct Message {
    double at = 0;
    int64_t order = 0;
    bool to_worker = false;
    size_t worker = 0;
    int64_t call_number = 0;
    Call call;
    Answer answer;
    bool operator<(const Message& other) const {  // the earliest is the queue's greatest
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  double Uniform(double low, double high);
  bool Chance(double probability);
  void Fault(const std::string& what) { ++counts_.faults[what]; }
  absl::Time CoordinatorTime() const { return absl::UnixEpoch() + absl::Seconds(now_ + offset_); }

  void Advance(bool faults);
  void Deliver(Message message, bool faults);
  void StrikeCoordinator();
  void StrikeWorker(Worker& worker);
  void Train(Worker& worker, double seconds, bool faults);
  void MaybeCall(size_t index, bool faults);
  void Send(size_t index, bool faults);
  Call MakeCall(Worker& worker);
  void Follow(Worker& worker, const Answer& answer);
  void Kill(Worker& worker);
  void UserActs();

  std::mt19937_64 random_;
  double now_ = 0, offset_ = 1e6;
  bool coordinator_up_ = true;
  double coordinator_back_ = 0, disk_until_ = 0;
  std::unique_ptr<SimulatedCoordinator> coordinator_;
  std::vector<Worker> workers_;
  std::priority_queue<Message> network_;
  int64_t order_ = 0;
  SimulationCounts counts_;
};

}  // namespace ff::scheduler
