// The Python flops-fit's hand-off files as rows: sweep.json (what was planned) and
// results.json (what came of it), which Python may have written with bare NaN. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace ff::coordinator {

struct PlannedRow {
  std::string experiment_id;
  double compute_budget = 0, model_size = 0, num_tokens = 0;
};

struct ResultRow {
  PlannedRow planned;
  double final_loss = 0;  // NaN: none
  double actual_flops = 0, wall_time_seconds = 0;
  absl::Time timestamp = absl::InfinitePast();  // infinite past: none, or not readable
  std::string status;                           // completed | failed | skipped
  std::string error_message;
};

// INVALID_ARGUMENT: not JSON, or not a list. A row that cannot be used is left out, with a
// warning that names it. `file` is the name used in messages.
absl::StatusOr<std::vector<PlannedRow>> ReadSweepRows(const std::string& file,
                                                      const std::string& text,
                                                      std::vector<std::string>* warnings);
absl::StatusOr<std::vector<ResultRow>> ReadResultRows(const std::string& file,
                                                      const std::string& text,
                                                      std::vector<std::string>* warnings);

// Bare NaN, Infinity and -Infinity, which Python writes and JSON lacks, become null;
// strings stay as they are.
std::string WithoutNaN(const std::string& text);

}  // namespace ff::coordinator
