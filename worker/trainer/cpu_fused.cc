#include "worker/trainer/cpu_fused.h"

#include <algorithm>
#include <cmath>

#include "worker/trainer/vectorized.h"

namespace ff::trainer::cpu {

FF_VECTORIZED
void ResidualRmsNormForward(const NormForward& a, int64_t first, int64_t rows, int64_t width) {
  for (int64_t r = first; r < first + rows; ++r) {
    float* __restrict x = a.x + r * width;
    float* __restrict normed = a.normed + r * width;
    if (a.branch != nullptr) {
      const float* __restrict branch = a.branch + r * width;
      const float b = a.branch_scale, s = a.skip_scale;
      for (int64_t i = 0; i < width; ++i) x[i] = b * branch[i] + s * x[i];
    }
    float squares = 0;
    for (int64_t i = 0; i < width; ++i) squares += x[i] * x[i];
    const float factor = 1 / std::sqrt(squares / float(width) + a.eps);
    a.inverse[r] = factor;
    for (int64_t i = 0; i < width; ++i) normed[i] = x[i] * factor;
    if (a.gain == nullptr) continue;
    float* __restrict scaled = a.scaled + r * width;
    for (int64_t i = 0; i < width; ++i) scaled[i] = normed[i] * a.gain[i];
  }
}

FF_VECTORIZED
void ResidualRmsNormBackward(const NormBackward& a, int64_t first, int64_t rows, int64_t width) {
  for (int64_t r = first; r < first + rows; ++r) {
    const float* __restrict grad = a.grad + r * width;
    const float* __restrict n = a.normed + r * width;
    const float* __restrict gain = a.gain;
    float* __restrict grad_x = a.grad_x + r * width;
    float dot = 0;
    if (gain == nullptr) {
      for (int64_t i = 0; i < width; ++i) dot += grad[i] * n[i];
    } else {
      for (int64_t i = 0; i < width; ++i) dot += grad[i] * gain[i] * n[i];
    }
    const float along = dot / float(width), factor = a.branch_scale * a.inverse[r];
    const float skip = a.fresh ? 0 : a.skip_scale;
    if (a.fresh) std::fill(grad_x, grad_x + width, 0.0F);
    if (gain == nullptr) {
      for (int64_t i = 0; i < width; ++i) {
        grad_x[i] = skip * grad_x[i] + factor * (grad[i] - n[i] * along);
      }
    } else {
      for (int64_t i = 0; i < width; ++i) {
        grad_x[i] = skip * grad_x[i] + factor * (grad[i] * gain[i] - n[i] * along);
      }
    }
  }
}

FF_VECTORIZED
void GainBackward(const float* grad, const float* normed, float scale, float keep, int64_t rows,
                  int64_t width, float* __restrict grad_gain) {
  if (keep == 0) std::fill(grad_gain, grad_gain + width, 0.0F);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = 0; i < width; ++i) {
      grad_gain[i] += scale * grad[r * width + i] * normed[r * width + i];
    }
  }
}

FF_VECTORIZED
void CausalSoftmax(float* scores, int64_t first, int64_t count, int64_t seen, float* log_sums) {
  for (int64_t r = 0; r < count; ++r) {
    float* row = scores + r * seen;
    const int64_t width = first + r + 1;
    float largest = row[0], sum = 0;
    for (int64_t i = 1; i < width; ++i) largest = std::max(largest, row[i]);
    for (int64_t i = 0; i < width; ++i) {
      row[i] = std::exp(row[i] - largest);
      sum += row[i];
    }
    const float factor = 1 / sum;
    for (int64_t i = 0; i < width; ++i) row[i] *= factor;
    std::fill(row + width, row + seen, 0.0F);
    log_sums[r] = largest + std::log(sum);
  }
}

FF_VECTORIZED
void CausalSoftmaxBackward(float* scores, float* grad_scores, const SoftmaxBackward& a) {
  for (int64_t r = 0; r < a.count; ++r) {
    float* __restrict row = scores + r * a.seen;
    float* __restrict grad = grad_scores + r * a.seen;
    const int64_t width = a.first + r + 1;
    const float* out = a.out + r * a.out_stride;
    const float* grad_out = a.grad_out + r * a.out_stride;
    float along = 0;
    for (int64_t i = 0; i < a.head_dim; ++i) along += out[i] * grad_out[i];
    const float log_sum = a.log_sums[r], scale = a.logit_scale;
    for (int64_t i = 0; i < width; ++i) {
      row[i] = std::exp(row[i] - log_sum);
      grad[i] = scale * row[i] * (grad[i] - along);
    }
    std::fill(row + width, row + a.seen, 0.0F);
    std::fill(grad + width, grad + a.seen, 0.0F);
  }
}

FF_VECTORIZED
void CrossEntropyInPlace(float* logits, const int64_t* targets, float sharpness, float scale,
                         bool with_grad, int64_t rows, int64_t width, float* losses) {
  for (int64_t r = 0; r < rows; ++r, logits += width) {
    const float at_target = logits[targets[r]];
    float largest = logits[0], sum = 0;
    for (int64_t i = 1; i < width; ++i) largest = std::max(largest, logits[i]);
    if (with_grad) {
      for (int64_t i = 0; i < width; ++i) {
        logits[i] = std::exp(sharpness * (logits[i] - largest));
        sum += logits[i];
      }
      const float factor = scale / sum;
      for (int64_t i = 0; i < width; ++i) logits[i] *= factor;
      logits[targets[r]] -= scale;
    } else {
      for (int64_t i = 0; i < width; ++i) sum += std::exp(sharpness * (logits[i] - largest));
    }
    losses[r] = std::log(sum) - sharpness * (at_target - largest);
  }
}

FF_VECTORIZED
void AdamW(const AdamStep& s, int64_t count, float* __restrict weight, const float* __restrict grad,
           float* __restrict first, float* __restrict second) {
  const float keep = 1 - s.rate * s.decay, step = s.rate * s.inverse_bias1;
  for (int64_t i = 0; i < count; ++i) {
    const float g = s.clip * grad[i];
    const float m = first[i] + (1 - s.beta1) * (g - first[i]);
    const float v = s.beta2 * second[i] + (1 - s.beta2) * g * g;
    first[i] = m, second[i] = v;
    weight[i] = weight[i] * keep - step * m / (std::sqrt(v) * s.inverse_root_bias2 + s.eps);
  }
}

FF_VECTORIZED
double SumOfSquares(const float* values, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += double(values[i]) * double(values[i]);
  return sum;
}

}  // namespace ff::trainer::cpu
