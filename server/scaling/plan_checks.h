// The checks a sweep passes before any cell is planned. Pure; thread-safe.
#pragma once

#include "absl/status/status.h"
#include "server/domain/sweep.h"

namespace ff::scaling {

// INVALID_ARGUMENT for bounds that contradict each other, unknown words and numbers no plan
// can be made of; the message names the keys as they stand in conf/.
absl::Status CheckSweepSpec(const SweepSpec& spec);

// Tokens there are to train on: the dataset without its held-out part. Infinite where a
// token may be seen twice (tokens.allow_repeat) or nothing is read (synthetic, no dataset).
double TrainingTokensAvailable(const SweepSpec& spec);

}  // namespace ff::scaling
