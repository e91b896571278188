// Doubts about the units of somebody else's runs: sizes in millions, compute in exaFLOP or a
// perplexity instead of a loss are fitted without a word otherwise, and every number is off.
// Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "server/domain/run_table.h"

namespace ff::analysis {

// Sentences for warnings; empty: nothing is out of the ordinary. `runs` need not be screened.
std::vector<std::string> UnitDoubts(const RunTable& runs);

}  // namespace ff::analysis
