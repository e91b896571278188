// One experiment in memory: model, optimizer and data of a plan on a device, ready to step,
// to be evaluated, saved and restored. The only door to LibTorch for the rest of the
// trainer; its exceptions stop here, as statuses of a FailureKind. For one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/protocol/messages.h"
#include "worker/trainer/rank_group.h"
#include "worker/trainer/training_state.h"

namespace ff::trainer {

struct StepResult {
  double loss = 0;       // nats a token, mean of the step's batch, before the update
  double grad_norm = 0;  // before clipping; NaN where it was not asked for
  double learning_rate = 0;
};

class TrainingSession {
 public:
  // Builds model and optimizer at step 0, of this rank's share in `group` where one is given (which
  // outlives the session). Failure kinds: bad_plan, bad_data, device, out_of_memory.
  static absl::StatusOr<std::unique_ptr<TrainingSession>> Create(const protocol::StartOrder& order,
                                                                 RankGroup* group = nullptr);
  ~TrainingSession();

  // With a group: what of step `step` may go wrong on one rank alone. `more`: once all ranks are
  // through, there is more of it.
  absl::Status Prepare(int64_t step, bool* more);

  // Optimizer step number `step` (0 .. steps - 1); a function of the state before it and of
  // (plan, step) alone. A loss that is not finite: kind diverged, no update is made; so is one
  // above the plan's max_loss.
  absl::StatusOr<StepResult> Step(int64_t step, bool want_grad_norm);

  // Mean loss over eval_tokens held-out tokens, always the same ones; each rank does a part.
  absl::StatusOr<double> Evaluate();

  int64_t parameters() const;

  // Weights, moments and `state` to or from the file state.safetensors of `folder`.
  absl::Status Save(const std::string& folder, const TrainingState& state);
  // FAILED_PRECONDITION, kind bad_plan: a checkpoint of another plan. `trunk`: of any plan that
  // differs in length, decay and evaluation alone.
  absl::StatusOr<TrainingState> Restore(const std::string& folder, bool trunk = false);

  // With a group: rank 0's tensors and state, on all ranks. What fails on one rank alone ends its
  // process (rank_end.h).
  void ShareFirst(TrainingState& state);
  // With a group: whether the bits of all tensors are the same on all ranks.
  bool RanksAreEqual();

  // The weights for other programs, into `folder` (see export_weights.h).
  absl::Status Export(const std::string& folder);

  double epochs() const;  // passes over the training part that the plan makes

 private:
  struct Parts;
  explicit TrainingSession(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace ff::trainer
