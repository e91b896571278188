#include "server/scheduler/placement.h"

#include <algorithm>
#include <set>
#include <vector>

namespace ff::scheduler {
namespace {

bool Contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Where this very decision touched the experiment (lost a moment ago, say), its newest view.
const ExperimentView& Newest(Board& board, const ExperimentView& candidate) {
  const ExperimentView* touched = board.FindExperiment(candidate.sweep_id, candidate.id);
  return touched == nullptr ? candidate : *touched;
}

// The same experiment of another sweep finished a moment ago: its result will be shared.
bool JustFinished(Board& board, const std::string& id) {
  const auto& all = board.state().experiments;
  return std::any_of(all.begin(), all.end(), [&](const ExperimentView& e) {
    return e.id == id && e.state == ExperimentState::kFinished;
  });
}

bool MayRun(Board& board, const ExperimentView& experiment) {
  const SweepView* sweep = board.FindSweep(experiment.sweep_id);
  return experiment.state == ExperimentState::kWaiting && sweep != nullptr &&
         sweep->state == SweepState::kActive && !JustFinished(board, experiment.id);
}

}  // namespace

void Place(Board& board, const std::string& worker_id, const std::string& incarnation, int slots) {
  std::set<std::string> granted;  // two sweeps may have the same experiment
  for (const ExperimentView& candidate : board.state().candidates) {
    if (static_cast<int>(granted.size()) >= slots) return;
    const ExperimentView& experiment = Newest(board, candidate);
    if (!MayRun(board, experiment) || granted.count(experiment.id) > 0) continue;
    const std::string& home = experiment.home_worker;
    const bool left_to_its_home =
        !home.empty() && home != worker_id && Contains(board.state().free_workers, home);
    if (left_to_its_home) continue;
    board.GrantLease(experiment, worker_id, incarnation);
    granted.insert(experiment.id);
  }
}

}  // namespace ff::scheduler
