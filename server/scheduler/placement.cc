#include "server/scheduler/placement.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <vector>

namespace ff::scheduler {
namespace {

bool Contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Room on one device while it is being filled.
struct Room {
  std::string device_id, kind;
  int slots = 0;
  double memory = 0;
  int all_slots = 1;
  double all_memory = 0;

  double FreePart() const { return static_cast<double>(slots) / std::max(all_slots, 1); }
};

std::vector<Room> RoomsOf(Board& board, const WorkerCalls& call) {
  constexpr double kPlenty = std::numeric_limits<double>::infinity();
  std::vector<Room> rooms;
  if (!board.state().rules.may_grant || !board.HealthOf("").cordoned.empty()) return rooms;
  if (call.devices.empty()) return {{"", "", call.free_slots, kPlenty, call.free_slots, kPlenty}};
  for (const Device& device : call.devices) {
    const bool out_of_use = !device.fault.empty() || !board.HealthOf(device.id).cordoned.empty();
    if (out_of_use) continue;
    // Of a device whose memory is not known nothing is expected.
    const double memory = device.memory_bytes > 0 ? device.free_memory_bytes : kPlenty;
    rooms.push_back({device.id, device.kind, device.free_slots, memory, device.slots,
                     device.memory_bytes > 0 ? device.memory_bytes : kPlenty});
  }
  return rooms;
}

bool Fits(const Room& room, const ExperimentView& experiment) {
  const std::string& kind = experiment.device_kind;
  const bool right_kind = kind.empty() || kind == "auto" || room.kind.empty() || kind == room.kind;
  return room.slots > 0 && right_kind && experiment.memory_bytes <= room.memory;
}

// The emptiest device comes first, so that none is idle while another is shared; of equally empty
// ones the smallest, so that large experiments find large devices free.
bool Better(const Room& a, const Room& b) {
  if (a.FreePart() != b.FreePart()) return a.FreePart() > b.FreePart();
  return a.all_memory < b.all_memory;
}

Room* RoomFor(std::vector<Room>& rooms, const ExperimentView& experiment) {
  Room* best = nullptr;
  for (Room& room : rooms) {
    if (Fits(room, experiment) && (best == nullptr || Better(room, *best))) best = &room;
  }
  return best;
}

// The candidates of one sweep, best first, those at home with the caller before the others.
struct Queue {
  SweepView* sweep = nullptr;
  std::vector<const ExperimentView*> waiting;
  size_t next = 0;

  bool MayRunMore() const {
    return next < waiting.size() &&
           (sweep->max_running == 0 || sweep->in_flight < sweep->max_running);
  }
};

class Placer {
 public:
  Placer(Board& board, const WorkerCalls& call)
      : board_(board), call_(call), rooms_(RoomsOf(board, call)) {}

  void Run(int slots) {
    FillQueues();
    while (slots > 0) {
      Queue* queue = Foremost();
      if (queue == nullptr) return;
      const ExperimentView& experiment = *queue->waiting[queue->next++];
      if (!MayRun(experiment)) continue;
      Room* room = RoomFor(rooms_, experiment);
      if (room == nullptr) continue;
      --room->slots, --slots;
      room->memory -= experiment.memory_bytes;
      granted_.insert(experiment.id);
      board_.GrantLease(experiment, call_.worker_id, call_.incarnation, room->device_id);
    }
  }

 private:
  bool AtHome(const ExperimentView& e) const { return e.home_worker == call_.worker_id; }

  // Where this very decision touched the experiment (lost a moment ago, say), its newest view.
  const ExperimentView* Newest(const ExperimentView& candidate) {
    const ExperimentView* touched = board_.FindExperiment(candidate.sweep_id, candidate.id);
    return touched == nullptr ? &candidate : touched;
  }

  void FillQueues() {
    std::map<std::string, size_t> places;  // in queues_, which are in order of their first
    for (const ExperimentView& candidate : board_.state().candidates) {
      SweepView* sweep = board_.FindSweep(candidate.sweep_id);
      if (sweep == nullptr || sweep->state != SweepState::kActive) continue;
      const auto [place, fresh] = places.emplace(sweep->id, queues_.size());
      if (fresh) queues_.push_back({sweep, {}, 0});
      queues_[place->second].waiting.push_back(Newest(candidate));
    }
    for (Queue& queue : queues_) {
      std::stable_partition(queue.waiting.begin(), queue.waiting.end(),
                            [&](const ExperimentView* e) { return AtHome(*e); });
    }
  }

  // Higher priority; then who has a checkpoint here; then who has least of its share.
  Queue* Foremost() {
    Queue* best = nullptr;
    for (Queue& queue : queues_) {
      if (queue.MayRunMore() && (best == nullptr || Before(queue, *best))) best = &queue;
    }
    return best;
  }
  bool Before(const Queue& a, const Queue& b) const {
    if (a.sweep->priority != b.sweep->priority) return a.sweep->priority > b.sweep->priority;
    const bool a_home = AtHome(*a.waiting[a.next]), b_home = AtHome(*b.waiting[b.next]);
    if (a_home != b_home) return a_home;
    return (a.sweep->in_flight + 1) / a.sweep->weight < (b.sweep->in_flight + 1) / b.sweep->weight;
  }

  bool MayRun(const ExperimentView& e) {
    // A pause longer than there are is what another clock has left.
    const bool pauses = e.not_before > board_.now() &&
                        e.not_before <= board_.now() + board_.state().rules.max_backoff;
    if (e.state != ExperimentState::kWaiting || pauses) return false;
    // Two sweeps may have the same experiment; of one that just finished the result is shared.
    if (granted_.count(e.id) > 0 || JustFinished(e.id)) return false;
    const bool left_to_its_home = !e.home_worker.empty() && !AtHome(e) &&
                                  Contains(board_.state().free_workers, e.home_worker);
    return !left_to_its_home;
  }
  bool JustFinished(const std::string& id) {
    const auto& all = board_.state().experiments;
    return std::any_of(all.begin(), all.end(), [&](const ExperimentView& e) {
      return e.id == id && e.state == ExperimentState::kFinished;
    });
  }

  Board& board_;
  const WorkerCalls& call_;
  std::vector<Room> rooms_;
  std::vector<Queue> queues_;
  std::set<std::string> granted_;
};

}  // namespace

void Place(Board& board, const WorkerCalls& call, int offered) {
  const int slots = call.free_slots - offered;
  if (slots > 0) Placer(board, call).Run(slots);
}

}  // namespace ff::scheduler
