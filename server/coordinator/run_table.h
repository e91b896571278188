// A sweep's finished experiments as the table that laws of single runs are fitted to. Pure.
#pragma once

#include <string>
#include <vector>

#include "server/domain/experiment.h"
#include "server/domain/run_table.h"

namespace ff::coordinator {

// `loss_kind`: validation (the training loss where nothing was held out) | training. Compute is
// what was spent by the sweep's own count, the budget what it was planned for.
RunTable TableOf(const std::vector<Experiment>& experiments, const std::string& loss_kind);

}  // namespace ff::coordinator
