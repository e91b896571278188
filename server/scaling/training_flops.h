// Floating-point operations of training one token, counted from the shape, each term in a
// line of its own, and what the literature's shorter counts give for the same shape.
// Conventions: a multiply-add is two operations; backward = 2 x forward (each product has two
// in the backward pass, one for the inputs' and one for the weights' gradient); nothing is
// recomputed; causal attention counts in full, as in Hoffmann et al. 2022, appendix F: the
// masked half of the score matrix is computed by a plain kernel. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "server/domain/model_shape.h"

namespace ff::scaling {

// FLOP a token of one forward pass at full sequence length, all L layers together.
// d: d_model, kv: kv_heads * head_dim, h: heads, T: seq_len, f: d_ff, V: vocab_size.
struct ForwardFlops {
  // Matrix products.
  double qkv = 0;               // 2 d (d + 2 kv) a layer
  double attention_scores = 0;  // 2 d T a layer: q k^T over T keys, summed over heads
  double attention_values = 0;  // 2 d T a layer: probabilities times v
  double out_projection = 0;    // 2 d d a layer
  double feed_forward = 0;      // 6 d f a layer: gate, up and down of SwiGLU
  double head = 0;              // 2 d V once; tied or not, the product is the same
  // Everything else, one operation an addition, product, quotient, root or exponential.
  double embedding = 0;   // 0: a table is read (adding up its gradient: d, backward only)
  double norms = 0;       // 3 d a norm (square and sum, scale), 4 d with gain; 2 L + 1 norms
  double rotary = 0;      // 3 (d + kv) a layer: two products and a sum an element of q and k
  double softmax = 0;     // 3 h T a layer (exponential, sum, quotient), and 3 V for the loss
  double activation = 0;  // 5 f a layer: x sigma(x) is four, times `up` one
  double residual = 0;    // 2 d a layer

  double MatrixProducts() const;
  double All() const;
};

// `shape` has every field positive and heads dividing d_model.
ForwardFlops ForwardFlopsPerToken(const ModelShape& shape);

// What compute.flop_count may say, for a token of training:
//   six_nd                6 N (Kaplan et al. 2020), N = all parameters
//   six_nd_non_embedding  6 N without embedding and head, as Kaplan et al. fitted their laws
//   exact                 3 x the matrix products
//   exact_all             3 x all terms, and the embedding's gradient
//   chinchilla            3 x (2 V d for the embedding as a one-hot product, the matrix
//                         products, 3 h T a layer for softmax): the formulas of Hoffmann et
//                         al. 2022, appendix F. Their table A4 follows from its layers alone:
//                         without embedding and head its ratios to 6 N come out, with them
//                         they don't (1.58 instead of 1.03 for the smallest model).
const std::vector<std::string>& FlopCounts();
bool IsFlopCount(const std::string& word);
// `flop_count` one of these.
double FlopsPerToken(const std::string& flop_count, const ModelShape& shape);

// FLOP a token of forward and backward, matrix products alone: FlopsPerToken("exact").
double TrainingFlopsPerToken(const ModelShape& shape);

// C = 6 N D.
double SixNd(double parameters, double tokens);

// The lines of `exact_all` in the order of ForwardFlops: they sum to it, those marked
// matrix_product to `exact`.
struct FlopTerm {
  std::string name;
  double forward = 0, training = 0;  // FLOP a token
  bool matrix_product = false;
};
std::vector<FlopTerm> TrainingFlopTerms(const ModelShape& shape);

// Appendix F's forward count a token, in its parts. `feed_forward_matrices`: 3 for SwiGLU as
// here, 2 for the models of the paper.
struct ChinchillaForward {
  double embedding = 0, layers = 0, head = 0;
};
ChinchillaForward ChinchillaForwardPerToken(const ModelShape& shape, int feed_forward_matrices = 3);

}  // namespace ff::scaling
