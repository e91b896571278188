// The model to train for an amount of compute by a law: the planner's shape nearest to the
// predicted size, with batch, steps and learning rate by the planner's and trainer's rules.
// Pure; thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "ff/v1/analysis.pb.h"
#include "ff/v1/config.pb.h"

namespace ff::client {

// optimal_model.json: {"flops_c", "predicted": {...}, "d_model", "layers", "heads", "d_ff",
// "batch_size", "learning_rate", "steps", ..., "plan": {the whole plan}}. The budget's bounds of
// the planner are not asked: one experiment of target_compute is planned round the law's size.
// NOT_FOUND or FAILED_PRECONDITION: no shape of planner.architecture comes near; the message
// says which bound to widen.
absl::StatusOr<std::string> OptimalModelJson(const v1::FlopsFitConfig& config,
                                             const v1::Prediction& prediction);

}  // namespace ff::client
