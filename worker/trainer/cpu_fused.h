// The element-wise work of the CPU's hand-written passes, each kernel one sweep over memory:
// residual add with RMSNorm and its gradient, causal softmax and its gradient, loss with its
// gradient in place, AdamW. Plain C++ that the compiler vectorizes; rows are contiguous.
// Stateless; thread-safe. The results of a row do not depend on the other rows.
#pragma once

#include <cstdint>

namespace ff::trainer::cpu {

// x <- branch_scale * branch + skip_scale * x (branch null: x as it is); then normed =
// x / sqrt(mean(x^2) + eps), 1 / root kept in `inverse`, and scaled = normed * gain (gain null:
// scaled is not touched).
struct NormForward {
  const float* branch;
  float* x;
  float branch_scale, skip_scale, eps;
  const float* gain;
  float *normed, *scaled, *inverse;
};
void ResidualRmsNormForward(const NormForward& args, int64_t first, int64_t rows, int64_t width);

// grad_x <- skip_scale * grad_x + branch_scale * inverse (h - n mean(h n)), h = grad * gain,
// n = normed. `fresh`: grad_x is not read.
struct NormBackward {
  const float *grad, *normed, *inverse, *gain;
  float branch_scale, skip_scale;
  bool fresh;
  float* grad_x;
};
void ResidualRmsNormBackward(const NormBackward& args, int64_t first, int64_t rows, int64_t width);

// grad_gain <- keep * grad_gain + scale * sum over rows of grad * normed. One thread's work, so
// that the sum does not depend on how rows are dealt out.
void GainBackward(const float* grad, const float* normed, float scale, float keep, int64_t rows,
                  int64_t width, float* grad_gain);

// scores [count, seen]: row i becomes the softmax of its first `first` + i + 1 entries, zeros after
// them; log_sums[i] is the logarithm of the sum of exponentials.
void CausalSoftmax(float* scores, int64_t first, int64_t count, int64_t seen, float* log_sums);

// From scores and the gradient of the probabilities: scores become the probabilities, and
// grad_scores logit_scale * P (grad - D), D = out . grad_out of the row.
struct SoftmaxBackward {
  const float *out, *grad_out, *log_sums;
  int64_t first, count, seen, head_dim, out_stride;
  float logit_scale;
};
void CausalSoftmaxBackward(float* scores, float* grad_scores, const SoftmaxBackward& args);

// losses[r] = -log softmax(sharpness z)[target]; with_grad: z <- scale (softmax - onehot).
void CrossEntropyInPlace(float* logits, const int64_t* targets, float sharpness, float scale,
                         bool with_grad, int64_t rows, int64_t width, float* losses);

// w -= rate * decay * w; w -= rate * (m / bias1) / (sqrt(v / bias2) + eps).
struct AdamStep {
  float rate, decay, beta1, beta2, eps, inverse_bias1, inverse_root_bias2, clip;
};
void AdamW(const AdamStep& step, int64_t count, float* weight, const float* grad, float* first,
           float* second);

double SumOfSquares(const float* values, int64_t count);

}  // namespace ff::trainer::cpu
