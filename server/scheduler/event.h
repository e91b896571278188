// What can happen: a worker calls, time passes, a user wants something. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/domain/experiment.h"

namespace ff::scheduler {

struct Report {
  int64_t attempt_id = 0, epoch = 0;
  std::string state;  // starting | running | finished | failed | stopped
  std::optional<Failure> failure;
  int64_t checkpoint_step = 0;  // 0: none was written yet
};

// A worker synchronises: everything it holds, and how many more it would take.
struct WorkerCalls {
  std::string worker_id, incarnation;
  int free_slots = 0;
  std::vector<Report> reports;
};

struct TimePasses {};

struct UserPauses {
  std::string sweep_id;
};
struct UserResumes {
  std::string sweep_id;
};
// The snapshot has every open experiment of the sweep and its live attempts.
struct UserCancels {
  std::string sweep_id;
};
// The snapshot has the experiments to retry; those that are not failed stay as they are.
struct UserRetries {
  std::string sweep_id;
};

using Event =
    std::variant<WorkerCalls, TimePasses, UserPauses, UserResumes, UserCancels, UserRetries>;

}  // namespace ff::scheduler
