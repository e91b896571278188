// What can happen: a worker calls, time passes, a user wants something. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/experiment.h"
#include "server/domain/worker.h"

namespace ff::scheduler {

struct Report {
  int64_t attempt_id = 0, epoch = 0;
  std::string state;  // starting | running | finished | failed | stopped
  std::optional<Failure> failure{};
  int64_t checkpoint_step = 0;     // 0: none was written yet
  bool stepped = false;            // this attempt has made a step
  bool checkpoint_stored = false;  // its newest checkpoint is where every worker finds it
};

// A worker synchronises: everything it holds, and how many more it would take.
struct WorkerCalls {
  std::string worker_id, incarnation;
  int free_slots = 0;
  std::vector<Report> reports{};
  // What they are on. None: one device that takes whatever there is.
  std::vector<Device> devices{};
};

struct TimePasses {};

// The coordinator has started, perhaps with another clock than before. The snapshot has every
// live attempt.
struct ClockIsSet {};

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
// The snapshot has the worker's health.
struct UserDrains {
  std::string worker_id;
  absl::Time until;  // what still runs then is handed back
};
struct UserUncordons {
  std::string worker_id, device_id;  // no device: the worker and all of its devices
};

using Event = std::variant<WorkerCalls, TimePasses, ClockIsSet, UserPauses, UserResumes,
                           UserCancels, UserRetries, UserDrains, UserUncordons>;

}  // namespace ff::scheduler
