// The numbers of u-muP (Blake et al. 2024), as the reference package unit-scaling has them:
// factors of each operation forward and backward, residual weights, learning-rate factors.
// A backward factor is not implied by the forward one; each is given by itself.
// Pure arithmetic, thread-safe.
#pragma once

#include <cstdint>
#include <vector>

namespace ff::recipe {

// y = output * (x W^T); grad_x = grad_input * (G W); grad_W = grad_weight * (G^T x).
struct LinearScales {
  double output = 1, grad_input = 1, grad_weight = 1;
};

// How the gradient's factor towards the input follows the forward one.
enum class Constraint { kNone, kToOutputScale, kGeometricMean };

// `tokens`: rows through the op in a whole optimizer step.
LinearScales HiddenLinear(int64_t fan_in, int64_t fan_out, int64_t tokens, Constraint constraint);
// Forward 1 / fan_in, so that logits start small and their updates do not grow with width.
LinearScales ReadoutLinear(int64_t fan_in, int64_t fan_out, int64_t tokens, Constraint constraint);

double EmbeddingGradScale(int64_t vocab_size, int64_t tokens);  // sqrt(V / tokens)
double NormGainGradScale(int64_t tokens);                       // 1 / sqrt(tokens)

// Factor of u g sigmoid(alpha g), forward and backward.
double GatedSiluScale(double alpha);
// Factors of g sigmoid(alpha g): forward, and backward where it is not constrained.
double SiluScale(double alpha);
double SiluGradScale(double alpha);

// Factor of the attention's output and of the gradients of q, k and v. The logits' own factor
// is alpha / head_dim. `seq_len` >= 2 is the training context, at evaluation too.
double AttentionScale(int64_t seq_len, int64_t head_dim, double alpha, bool causal);

// beta(V): grad_logits = beta (softmax - onehot), neither mean nor alpha in it.
double CrossEntropyGradScale(int64_t vocab_size);

// tau of the 2 * layers branches: attention of block 0, feed-forward of block 0, ...
std::vector<double> ResidualTaus(int64_t layers, double alpha_res, double alpha_res_attn_ratio);

struct ResidualScales {
  double branch = 1, skip = 1;  // both: forward at the add, backward at the split
};
ResidualScales ResidualScalesOf(double tau);

// Factors of the global learning rate: by width, and for tensors inside the block stack.
double WidthLearningRateFactor(int64_t width);   // 1 / sqrt(width)
double DepthLearningRateFactor(int64_t layers);  // 1 / sqrt(layers)

}  // namespace ff::recipe
