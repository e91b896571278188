// What training a plan needs in memory, by a formula: good enough to place experiments on
// devices and to warn, not a measurement (allocator, workspaces and the runtime come on
// top; fused attention needs less). Pure; thread-safe.
#pragma once

#include "server/domain/plan.h"

namespace ff::scaling {

// Bytes, of
//   parameters   16 N: fp32 weights, gradients and Adam's two moments;
//   activations  a * t * layers * (12 d + 4 f + 2 heads T): what the backward pass of a
//                block keeps: the two norms' inputs and outputs, q, k, v, both rotated,
//                attention's output and its projection (12 d), gate, up, silu, product
//                (4 f), scores and probabilities; a = 4 bytes in float32, 2 in bfloat16;
//   logits       8 t V: fp32 logits and their gradient;
// with t = ceil(batch / accumulation) * T tokens in a micro-batch.
double EstimateTrainingMemory(const Plan& plan);

}  // namespace ff::scaling
