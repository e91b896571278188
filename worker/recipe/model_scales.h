// Every constant of the model's forward and backward pass, worked out from a plan. The
// trainer applies them and knows nothing of parametrizations: in 'sp' most are 1.
// Pure arithmetic on a plan that CheckPlan has passed; thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/protocol/plan.h"
#include "worker/recipe/umup_rules.h"

namespace ff::recipe {

inline constexpr double kNormEps = 1e-5;

struct ModelScales {
  double embedding_grad = 1;  // of the embedding table's gradient
  double norm_gain_grad = 1;
  LinearScales qkv, attention_out, up_gate, down, readout;
  double attention_logits = 1;           // softmax(attention_logits q k)
  double attention_output = 1;           // forward, and on the gradients of q, k and v
  double silu_sharpness = 1;             // u g sigmoid(silu_sharpness g)
  double gated_silu = 1;                 // forward and backward
  std::vector<ResidualScales> branches;  // 2 * layers: attention, feed-forward, attention, ...
  double loss_sharpness = 1;             // softmax(loss_sharpness logits)
  double loss_grad = 1;                  // grad_logits = loss_grad (softmax - onehot)
  double norm_eps = kNormEps;            // inside the root
  double dropout = 0;                    // part of a branch's results that is dropped
  double dropout_scale = 1;              // of what is kept, forward and backward
};

// What surrounds a model's shape in its scales.
struct ScaleOptions {
  int64_t step_tokens = 0;  // tokens of a whole optimizer step
  // Feed-forward matrices: unconstrained ones (factors mirror each other through the branch)
  // keep gradients at unit size whatever d_ff / d_model is.
  Constraint feed_forward = Constraint::kNone;
};

// u-muP. `shape.seq_len` is the training context.
ModelScales UmupScales(const protocol::ModelShape& shape, const protocol::Alphas& alphas,
                       const ScaleOptions& options);
// Standard parametrization: logits over sqrt(head_dim), gradient of the mean loss.
ModelScales StandardScales(const protocol::ModelShape& shape, int64_t step_tokens);

// By the plan's parametrization. mup-simple has no factors but those of the standard one; what it
// has of its own is in ParameterSpecs, and an epsilon of 1e-6. What dropout keeps is scaled by
// 1 / (1 - p), under u-muP by 1 / sqrt(1 - p), which keeps unit scale.
ModelScales ScalesFor(const protocol::Plan& plan);

}  // namespace ff::recipe
