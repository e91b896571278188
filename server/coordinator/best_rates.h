// Where a sweep tries several learning rates, a law is about the best of them at each size: what a
// worse rate lost says nothing of size. Pure.
#pragma once

#include <string>
#include <vector>

#include "server/domain/experiment.h"
#include "server/domain/run_table.h"

namespace ff::coordinator {

// Of experiments that differ in their learning rate alone, removes all but the one of lowest loss
// and says why; where none of them has a finite loss, all stay. `loss_kind`: validation | training.
std::vector<ExcludedRun> KeepBestRates(const std::string& loss_kind,
                                       std::vector<Experiment>* experiments);

}  // namespace ff::coordinator
