// Which training curves belong to a table of runs. Pure; thread-safe.
#pragma once

#include "server/domain/analysis.h"
#include "server/domain/run_table.h"

namespace ff::analysis {

// The curves whose run, by its id, is in the table.
Curves CurvesOf(const RunTable& runs, const Curves& all);

}  // namespace ff::analysis
