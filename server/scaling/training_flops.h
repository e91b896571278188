// Floating-point operations of training one token, counted from the shape: every matrix
// product, two operations a multiply-add, backward = 2 x forward. Conventions follow
// Hoffmann et al. 2022, appendix F, with two differences: the embedding is a table lookup
// and counts 0 (they count a one-hot product), and softmax, norms, RoPE and activations
// count 0 (below 1 % of the products). Causal attention counts in full, as there: the
// masked half of the score matrix is computed by a plain kernel. Pure; thread-safe.
#pragma once

#include "server/domain/model_shape.h"

namespace ff::scaling {

// FLOP a token of one forward pass at full sequence length, all layers together.
struct ForwardFlops {
  double qkv = 0;               // 2 d (d + 2 kv) a layer, kv = kv_heads * head_dim
  double attention_scores = 0;  // 2 d T a layer: q k^T over T keys, summed over heads
  double attention_values = 0;  // 2 d T a layer: probabilities times v
  double out_projection = 0;    // 2 d d a layer
  double feed_forward = 0;      // 6 d f a layer: gate, up and down of SwiGLU
  double head = 0;              // 2 d V once; tied or not, the product is the same

  double Total() const;
};

// `shape` has every field positive and heads dividing d_model.
ForwardFlops ForwardFlopsPerToken(const ModelShape& shape);

// FLOP a token of forward and backward: 3 x forward (each product has two in the backward
// pass, one for the inputs' and one for the weights' gradient). No recomputation.
double TrainingFlopsPerToken(const ModelShape& shape);

// C = 6 N D (Kaplan et al. 2020), N = all parameters, embedding and head included.
double SixNd(double parameters, double tokens);

}  // namespace ff::scaling
