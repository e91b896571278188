// Differentiable operations whose backward factors are given, not implied (see
// worker/recipe/umup_rules.h). With all factors 1 they are the ordinary operations.
// Floats on a CPU take the kernels of cpu_kernels.h, everything else ATen operations.
// Not thread-safe against changes of their arguments; otherwise as thread-safe as ATen.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <tuple>

#include "worker/recipe/umup_rules.h"

namespace ff::trainer {

// Output forward * x, gradient backward * G.
at::Tensor Scale(const at::Tensor& x, double forward, double backward);

// ids [...] (int64), table [V, d] -> [..., d] of `dtype`.
at::Tensor Embedding(const at::Tensor& ids, const at::Tensor& table, double grad_scale,
                     at::ScalarType dtype);

// x [..., d] / rms, times gain [d] (undefined: none). Statistics in float32.
at::Tensor RmsNorm(const at::Tensor& x, const at::Tensor& gain, double eps, double gain_grad_scale);

// x [..., in], weight [out, in] -> [..., out], computed in the type of x.
at::Tensor Linear(const at::Tensor& x, const at::Tensor& weight,
                  const recipe::LinearScales& scales);

// Both results equal x; grad_x = branch * G_branch + skip * G_skip. Returns {branch, skip}.
std::tuple<at::Tensor, at::Tensor> ResidualSplit(const at::Tensor& x,
                                                 const recipe::ResidualScales& scales);
// branch * b + skip * s; the gradient goes to both unchanged.
at::Tensor ResidualAdd(const at::Tensor& branch, const at::Tensor& skip,
                       const recipe::ResidualScales& scales);

// Rotary positions, dimension j of a head with j + half. x: [B, T, H, D]; the first `heads`
// heads are rotated, the others copied. cosine, sine: [T, D / 2], float32.
at::Tensor Rope(const at::Tensor& x, int64_t heads, const at::Tensor& cosine,
                const at::Tensor& sine);

// q [B, H, T, D], k and v [B, KV, T, D] (H a multiple of KV) -> [B, H, T, D].
// softmax(logit_scale q k) v * output_scale, which scales the gradients too.
struct AttentionOptions {
  double logit_scale = 1, output_scale = 1;
  bool causal = true;
};
at::Tensor Attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const AttentionOptions& options);

// Last dimension holds u, then g: scale u g sigmoid(sharpness g); the gradient is exact.
at::Tensor GatedSilu(const at::Tensor& u_gate, double sharpness, double scale);

// logits [N, V] float32, targets [N] int64 -> the sum over rows of -log softmax(sharpness z)[y].
// grad_logits = grad_scale (softmax - onehot), whatever gradient arrives.
at::Tensor CrossEntropySum(const at::Tensor& logits, const at::Tensor& targets, double sharpness,
                           double grad_scale);

}  // namespace ff::trainer
