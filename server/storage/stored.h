// What a View is asked with and answers with, where the nouns of server/domain are too much or too
// little: plain structs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/access.h"
#include "server/domain/analysis.h"
#include "server/domain/experiment.h"
#include "server/domain/sweep.h"
#include "server/domain/worker.h"
#include "server/filter/condition.h"

namespace ff::storage {

// A log keeps at most this much of its end.
inline constexpr int64_t kLogBytes = 1 << 20;

// What scheduling needs of an experiment; far less than the whole.
struct ExperimentFacts {
  std::string sweep_id, id;
  ExperimentState state = ExperimentState::kWaiting;
  SweepState sweep_state = SweepState::kActive;
  int64_t epoch = 0;            // of the newest attempt; 0: none yet
  int failures = 0;             // counted against max_retries
  int64_t current_attempt = 0;  // the lease it is under; 0: none
  std::string home_worker;      // whose disk has its checkpoints; empty: nobody's
  double flops = 0;
  int ordinal = 0;
  int losses = 0, memory_failures = 0;
  absl::Time not_before = absl::InfinitePast();
  std::string device;       // cpu | cuda; empty or auto: any
  double memory_bytes = 0;  // a trainer's, estimated; 0: not known
};

// What of an experiment changes while it is scheduled.
struct ExperimentUpdate {
  ExperimentState state = ExperimentState::kWaiting;
  int64_t epoch = 0;
  int failures = 0;
  int64_t current_attempt = 0;
  std::string home_worker;
  std::optional<Failure> failure{};  // none: the one of before stays
  int losses = 0, memory_failures = 0;
  absl::Time not_before = absl::InfinitePast();
};

// What a worker is told of an experiment that it has a lease on.
struct LeasedExperiment {
  Plan plan;
  int memory_failures = 0;
  std::optional<StoredCheckpoint> stored_checkpoint;
  std::string trace_id;  // of the request that created the sweep
};

// How far an attempt is, as its worker says.
struct AttemptProgress {
  int64_t step = 0, resumed_from_step = 0;
  double tokens_per_second = 0;
  std::optional<double> last_loss;  // none: the one of before stays
  std::string device_id;            // taken where none is known yet
};

// Waiting experiments of a sweep with the same mode, device and memory.
struct WaitingGroup {
  std::string mode, device;
  double memory_bytes = 0;
  int count = 0;
};

// What of a sweep scheduling needs.
struct SweepLoad {
  std::string id;
  SweepState state = SweepState::kActive;
  int waiting = 0, in_flight = 0;  // experiments; in flight: leased or running
  SchedulingSpec scheduling;
};

// Whom candidates are for.
struct CandidateFilter {
  std::string worker_id;
  std::vector<std::string> device_kinds{}, modes{};  // no modes: any
  double memory_bytes = 0;                           // of its largest device; 0: any
  absl::Time now = absl::InfiniteFuture();
  // A pause that ends later than this from now is what another clock has left: it is over.
  absl::Duration longest_pause = absl::InfiniteDuration();
  int limit = 0;
};

struct SweepProgress {
  std::vector<BudgetProgress> budgets;
  double total_flops = 0, done_flops = 0;  // done: finished ones and the running ones' share
  double open_flops = 0;                   // still to be done: not what has failed or was cancelled
  double running_flops_per_second = 0;     // over what runs now
  double finished_flops = 0, finished_seconds = 0;  // of results trained in this sweep
  double held_seconds = 0;  // that attempts have held slots, those under way till now
  double gpu_seconds = 0;   // that GPUs were held by at least one of these, summed over GPUs
};

// What there is of an experiment, or of all experiments of a sweep.
struct Holdings {
  int64_t experiments = 0, results = 0, attempts = 0, measurements = 0;
};

struct ExperimentFilter {
  std::string sweep_id;                      // empty: all
  std::vector<ExperimentState> states;       // empty: all
  int limit = 0, offset = 0;                 // limit 0: all
  std::vector<std::string> ids{};            // empty: all
  std::optional<filter::Condition> where{};  // over filter::ExperimentFields()
  std::string order_by{};  // one of these fields; empty: by sweep (oldest first), then ordinal
  bool down = false;
};

// One curve, or the steps from .. to of it (0: no bound), as fine as `points` needs at least.
struct CurveQuery {
  std::string sweep_id, id, kind;
  int64_t from_step = 0, to_step = 0;
  int points = 0;
};

struct LogPart {
  std::string text;
  int64_t end_byte = 0;  // of all that the attempt has ever written
};

// An attempt with what it was at.
struct SweepAttempt {
  Attempt attempt;
  double budget_flops = 0, parameters = 0;
};

struct EventFilter {
  std::string sweep_id, experiment_id;  // empty: all
  int64_t after_seq = 0;
  int limit = 0;  // 0: all
  bool newest_first = false;
  bool sweep_only = false;  // of the sweep as a whole
};

struct AuditFilter {
  int64_t after_seq = 0;
  int limit = 0;  // 0: all
  bool oldest_first = false;
  std::string who{};  // empty: everybody
};

// A sweep with results that its stored law does not know.
struct FitDue {
  std::string sweep_id;
  SweepState sweep_state = SweepState::kActive;
  int64_t marks = 0;  // grows with every new result
};

}  // namespace ff::storage
