// A sweep as files other programs read: the Python flops-fit's JSON with its fields, and
// CSV. Pure.
#pragma once

#include <string>
#include <vector>

#include "server/domain/experiment.h"

namespace ff::coordinator {

// Each a list of objects. NaN is written bare, as Python does and reads.
std::string SweepJson(const std::vector<Experiment>& experiments);
// Those that finished, failed or were skipped.
std::string ResultsJson(const std::vector<Experiment>& experiments);

// Finished experiments, a header first: run_id, params_n, tokens_d, flops_c, loss, ...
std::string ResultsCsv(const std::vector<Experiment>& experiments);

}  // namespace ff::coordinator
