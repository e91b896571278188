// A model's weights for other programs: model.safetensors, which any reader of that format takes,
// and config.json with the shape and every constant of the forward pass, so that nobody has to know
// u-muP's rules to compute the same logits (docs/load_weights.py does, in PyTorch).
// Stateless; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "worker/protocol/plan.h"
#include "worker/trainer/safetensors.h"

namespace ff::trainer {

// Writes both into `folder`, which appears complete or not at all and replaces an earlier one.
// RESOURCE_EXHAUSTED: disk full. UNAVAILABLE: another I/O error.
absl::Status ExportWeights(const protocol::Plan& plan, const std::vector<FloatTensor>& weights,
                           const std::string& folder);

// The same from a folder that TrainingSession::Save wrote. NOT_FOUND, DATA_LOSS: it is none.
absl::Status ExportCheckpoint(const std::string& checkpoint, const std::string& folder);

// {"format": 1, "vocab_size": ..., "scales": {"qkv": ...}, "branches": [[branch, skip], ...], ...}
std::string ModelConfigJson(const protocol::Plan& plan);

}  // namespace ff::trainer
