// The model's tensors, each with its shape, initial distribution, share of the learning
// rate and weight decay: where the parametrizations differ beyond ModelScales. Names are
// stable; they seed the initial values and name tensors in checkpoints.
// Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worker/protocol/plan.h"

namespace ff::recipe {

struct ParameterSpec {
  std::string name;            // "layers.0.attn.wqkv.weight"
  std::vector<int64_t> shape;  // [out, in]; [d] for a gain
  double init_mean = 0, init_std = 0;
  double learning_rate = 0;  // peak
  // For an AdamW that multiplies decay by its rate: each step shrinks the weight by
  // (learning rate now) * weight_decay. u-muP's decay is independent of the peak rate, so
  // here it is lambda / peak.
  double weight_decay = 0;
};

// In the order of the forward pass: embedding.weight, then for each block i under "layers.<i>.":
// attn_norm.weight*, attn.wqkv.weight (rows q, k, v; head-major), attn.wo.weight,
// mlp_norm.weight*, mlp.w_up_gate.weight (rows up, gate), mlp.w_down.weight; then
// final_norm.weight*, readout.weight (unless tied). *: with norm gains only.
std::vector<ParameterSpec> ParameterSpecs(const protocol::Plan& plan);

int64_t CountParameters(const std::vector<ParameterSpec>& specs);

// Seed of a tensor's initial values: the same whatever the order in which they are made.
uint64_t InitSeed(int64_t plan_seed, const std::string& name);

}  // namespace ff::recipe
