// A sweep: compute budgets x model sizes on one dataset, as asked for and as it stands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/analysis.h"
#include "server/domain/plan.h"

namespace ff {

struct ComputeSpec {
  double min_flops = 0, max_flops = 0;
  int num_budgets = 0, num_model_sizes = 0;
  std::string flop_count;                  // a word of scaling::FlopCounts()
  std::vector<std::string> extra_cells{};  // "FLOP@PARAMETERS", besides the grid
};
struct GridSpec {
  double min_size = 0, max_size = 0;
  std::string grid;  // centred | bounds
  double tokens_per_param = 0, exponent = 0, width = 0;
  double step = 0;  // ratio of neighbouring sizes; 0: from width and num_model_sizes
};
// The law that centred grids lie round (scaling/prior_optimum.h).
struct PriorSpec {
  std::string law;    // empty: tokens_per_param
  std::string sweep;  // to be looked up: its newest fit becomes law power_law
  double coefficient = 0, exponent = 0;
  std::string origin;  // where a looked-up law comes from, for people
};
struct ArchitectureSpec {
  int d_model_multiple = 0, min_layers = 0, max_layers = 0;
  std::vector<int> head_options;
  double aspect_ratio = 0, ffn_ratio = 0;
  int ffn_multiple = 0;
  double size_tolerance = 0;
  int heads_per_kv_head = 1;  // query heads that share a key and a value head; 0 counts as 1
};
struct TokensSpec {
  double min_tokens_per_param = 0, max_tokens_per_param = 0;
  int64_t min_steps = 0, max_steps = 0;  // max_steps 0: no bound
  bool allow_repeat = false;
};
struct BatchScheduleSpec {
  std::string rule{};  // constant (or empty) | power_compute | power_tokens
  double base_batch_tokens = 0, base_flops = 0, base_tokens = 0, power = 0;
  int64_t multiple = 1, min_batch = 1, max_batch = 1;  // sequences
};
struct LrScheduleSpec {
  std::string rule;  // constant | power | power_compute | power_tokens | umup
  double base_lr = 0, base_size = 0, lr_power = 0;
  double base_flops = 0, base_tokens = 0, batch_power = 0;
  std::vector<double> sweep{};  // peak rates, each for every model; empty: the one
};
// Phases of the learning rate, which become steps of each experiment.
struct PhaseSpec {
  double warmup_ratio = 0;  // of the steps, unless one of the next is given
  int64_t warmup_steps = 0, warmup_tokens = 0;
  double decay_ratio = 0;  // wsd: of the steps
  bool share_stable_phase = false;
};
struct DatasetSpec {
  std::string path, format, fingerprint;
  int64_t tokens = 0;
};
// How a sweep shares the workers with others.
struct SchedulingSpec {
  int priority = 0;                   // higher goes first
  double weight = 1;                  // of equal priority: share of what runs
  int max_running = 0;                // experiments at once; 0: no bound
  std::vector<std::string> labels{};  // workers must have all of them
  bool operator==(const SchedulingSpec&) const = default;
};

// What PlanIsoflopSweep needs. `recipe` is a plan with everything filled in that is the
// same for every experiment (optimizer, schedule words, alphas, seed, data, cadence,
// batch, seq_len and vocabulary in recipe.shape); `phases` become its steps.
struct SweepSpec {
  ComputeSpec compute;
  GridSpec grid;
  PriorSpec prior;
  ArchitectureSpec architecture;
  TokensSpec tokens;
  BatchScheduleSpec batch_schedule;
  LrScheduleSpec lr_schedule;
  DatasetSpec dataset;
  SchedulingSpec scheduling;
  Plan recipe;
  PhaseSpec phases;
  double assumed_flops_per_second = 0;
  double device_memory_bytes = 0;         // a trainer has to fit in; 0: not known, not checked
  std::string device_kind;                // cuda | cpu, where it will run; empty: not known
  std::string source;                     // ff.v1.SweepSpec as JSON, kept as asked for
  std::optional<AnalyzeOptions> analyze;  // of the law that results are fitted to; none: defaults
};

struct DroppedCell {
  double budget_flops = 0;
  double target_parameters = 0;
  std::string reason;
};

//   ACTIVE <--> PAUSED; either --> CANCELLED; ACTIVE --> FINISHED when nothing can run any more
enum class SweepState { kActive = 1, kPaused = 2, kFinished = 3, kCancelled = 4 };

struct StateCounts {
  int waiting = 0, leased = 0, running = 0, finished = 0, failed = 0, cancelled = 0;
  int Total() const { return waiting + leased + running + finished + failed + cancelled; }
};

struct BudgetProgress {
  int budget_index = 0;
  double budget_flops = 0;
  StateCounts counts;
  double best_loss = 0;  // NaN while none finished
  double best_parameters = 0;
};

struct Sweep {
  std::string id, name;
  SweepState state = SweepState::kActive;
  absl::Time created_at, finished_at = absl::InfiniteFuture();
  StateCounts counts;
  double total_flops = 0, done_flops = 0;
  double eta_seconds = -1;      // negative: unknown
  double flops_per_second = 0;  // over what runs now; 0: unknown
  double slot_seconds_spent = 0;
  double slot_seconds_left = -1;  // at the speed of before; negative: unknown
  std::vector<BudgetProgress> budgets;
  std::vector<DroppedCell> dropped;
  std::string spec_source;  // ff.v1.SweepSpec as JSON; empty for imported sweeps
  bool imported = false;
  std::optional<AnalyzeOptions> analyze;  // none: the coordinator's
  bool fitting = false;                   // there are results that the stored law does not know yet
  SchedulingSpec scheduling;
  std::string waiting_reason{};  // why what waits fits no worker that is here; empty: it does
  bool no_cache = false;         // results are neither taken over from other sweeps nor handed on
  std::string trace_id{};        // of the request that created it; not read back
  int64_t version = 1;           // grows with every change that somebody asks for
  double gpu_seconds_spent = 0;  // with an attempt of the sweep on the GPU, summed over GPUs
  double gpu_seconds_left = -1;  // negative: unknown
};

}  // namespace ff
