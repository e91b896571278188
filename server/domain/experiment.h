// An experiment is one point of a sweep and the unit of scheduling; an attempt is one
// try at it; a result is what a finished one left.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/plan.h"

namespace ff {

//   kWaiting --lease--> kLeased --started--> kRunning --finished--> kFinished
//      ^                   |                    |
//      |<-- lost, preempted, or failed with retries left --|
//      |                                        `--failed for good--> kFailed
//      |<-- retry ------------------------------------------------ kFailed
//   kWaiting | kLeased | kRunning --cancel--> kCancelled
enum class ExperimentState {
  kWaiting = 1,
  kLeased = 2,
  kRunning = 3,
  kFinished = 4,
  kFailed = 5,
  kCancelled = 6
};

// out_of_memory | diverged | bad_plan | bad_data | device | internal (as the trainer says),
// crashed (exit without a report), lost (lease expired), stalled, unfit (this worker has no
// data or no trainer for it).
struct Failure {
  std::string kind;
  std::string message;
  int exit_code = 0;  // of the trainer's process, 128 + signal where one ended it; 0: none
};

struct Result {
  double final_train_loss = 0;  // nats a token
  double final_val_loss = 0;    // nats a token; NaN: not measured
  int64_t parameters = 0, tokens = 0, steps = 0;
  double flops = 0;
  double train_seconds = 0;
  absl::Time finished_at;
  bool imported = false;
  std::string from_sweep;    // taken over from this sweep's experiment of the same id
  std::string code_version;  // of the worker that trained it; empty: not known
};

//   leased --> running --> finished | failed | lost | stopped | cancelled
//      `------------------> the same ends (stopped: preempted, not counted as a failure)
struct Attempt {
  int64_t id = 0;     // unique in the coordinator
  int64_t epoch = 0;  // 1, 2, ... within the experiment; (id, epoch) fences the lease
  std::string sweep_id, experiment_id, worker_id, worker_incarnation, state;
  absl::Time started_at, deadline, ended_at = absl::InfiniteFuture();
  std::optional<Failure> failure;
  int64_t resumed_from_step = 0, step = 0;
  double tokens_per_second = 0, last_loss = 0;
  std::string device_id;
};

// The newest checkpoint in the coordinator's files.
struct CheckpointSummary {
  int64_t step = 0, bytes = 0;
  int files = 0;
};

struct Experiment {
  std::string id, sweep_id;
  int ordinal = 0, budget_index = 0;
  double budget_flops = 0, target_parameters = 0;
  Plan plan;
  ExperimentState state = ExperimentState::kWaiting;
  std::optional<Result> result;
  std::optional<Failure> failure;  // of the last failed attempt
  std::vector<Attempt> attempts;   // filled by GetExperiment alone
  std::optional<Attempt> current;  // the lease it is under, if any
  // Filled by Coordinator::GetExperiment alone. home_worker: whose disk has its checkpoints.
  std::optional<CheckpointSummary> checkpoint{};
  std::string home_worker{};
};

// What the newest results trained here took: f exact FLOP, s steps, t seconds a run, as sums
// over the runs; those of pairs are divided by t^2, for a least-squares fit of relative errors.
struct Effort {
  int runs = 0;
  double flops = 0, seconds = 0;
  double ff = 0, fs = 0, ss = 0, ft = 0, st = 0;
};

struct Measurement {
  std::string kind;  // train | eval
  int64_t step = 0, tokens = 0;
  double flops = 0, loss = 0, learning_rate = 0, grad_norm = 0;
  double tokens_per_second = 0, seconds = 0;
  int64_t seq = 0;  // cursor: grows with every write
};

// How the device of an attempt was in a while (proto/ff/v1/experiment.proto); 0: not known.
struct SystemSample {
  int64_t attempt_id = 0;
  absl::Time time;
  std::string device_id;
  double memory_bytes = 0, temperature_celsius = 0, utilization = 0, tokens_per_second = 0;
};

struct Event {
  int64_t seq = 0;
  absl::Time time;
  std::string sweep_id, experiment_id;
  int64_t attempt_id = 0;
  std::string kind, message;
};

}  // namespace ff
