// What must hold of every state, and of every step from one state to the next. Tests
// call it after each step on the whole state. Pure.
#pragma once

#include <string>
#include <vector>

#include "server/scheduler/snapshot.h"

namespace ff::scheduler {

// A whole state: every sweep, experiment and attempt there is.
struct World {
  std::vector<SweepView> sweeps;
  std::vector<ExperimentView> experiments;
  std::vector<AttemptView> attempts;
  std::vector<std::string> results;  // "<sweep>/<experiment>" for each result ever kept
};

// One sentence for each violation; empty: all is well.
//  1. An experiment has at most one live attempt, and it is its current one; only a leased
//     or running experiment has one, of the same state.
//  2. Epochs of an experiment's attempts are 1, 2, ..., its own epoch the last.
//  3. A finished experiment has exactly one result and one finished attempt (or none, if it
//     was taken over); any other has no result.
//  4. A sweep that is finished or cancelled has no open experiment, and `open` counts them.
std::vector<std::string> CheckState(const World& world);

//  5. Finished and cancelled are final; an attempt that ended stays as it ended, but that a
//     late finish may follow lost, stopped or failed.
//  6. Epochs and attempt ids only grow; no attempt, experiment or result disappears.
std::vector<std::string> CheckStep(const World& before, const World& after);

}  // namespace ff::scheduler
