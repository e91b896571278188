#include "worker/trainer/cpu_kernels.h"

#include <algorithm>
#include <cmath>

#include "worker/trainer/vectorized.h"

namespace ff::trainer::cpu {

FF_VECTORIZED
void RmsNormForward(const float* x, const float* gain, float eps, int64_t rows, int64_t width,
                    float* y, float* inverse) {
  for (int64_t r = 0; r < rows; ++r, x += width, y += width) {
    float squares = 0;
    for (int64_t i = 0; i < width; ++i) squares += x[i] * x[i];
    const float factor = 1 / std::sqrt(squares / width + eps);
    inverse[r] = factor;
    if (gain == nullptr) {
      for (int64_t i = 0; i < width; ++i) y[i] = x[i] * factor;
    } else {
      for (int64_t i = 0; i < width; ++i) y[i] = x[i] * factor * gain[i];
    }
  }
}

// With n = x inverse and h = grad_y gain: grad_x = inverse (h - n mean(h n)).
FF_VECTORIZED
void RmsNormBackward(const float* x, const float* inverse, const float* gain, const float* grad_y,
                     int64_t rows, int64_t width, float* grad_x, float* grad_gain) {
  for (int64_t r = 0; r < rows; ++r, x += width, grad_y += width, grad_x += width) {
    const float factor = inverse[r];
    float dot = 0;
    if (gain == nullptr) {
      for (int64_t i = 0; i < width; ++i) dot += grad_y[i] * x[i];
    } else {
      for (int64_t i = 0; i < width; ++i) dot += grad_y[i] * gain[i] * x[i];
    }
    const float along = dot * factor * factor / width;
    if (gain == nullptr) {
      for (int64_t i = 0; i < width; ++i) grad_x[i] = factor * (grad_y[i] - x[i] * along);
    } else {
      for (int64_t i = 0; i < width; ++i) {
        grad_gain[i] += grad_y[i] * x[i] * factor;
        grad_x[i] = factor * (grad_y[i] * gain[i] - x[i] * along);
      }
    }
  }
}

FF_VECTORIZED
void GatedSiluForward(const float* u_gate, float sharpness, float scale, int64_t rows,
                      int64_t width, float* y) {
  for (int64_t r = 0; r < rows; ++r, y += width) {
    const float* u = u_gate + 2 * r * width;
    const float* g = u + width;
    for (int64_t i = 0; i < width; ++i) {
      y[i] = scale * u[i] * g[i] / (1 + std::exp(-sharpness * g[i]));
    }
  }
}

FF_VECTORIZED
void GatedSiluBackward(const float* u_gate, const float* grad_y, float sharpness, float scale,
                       int64_t rows, int64_t width, float* grad_u_gate) {
  for (int64_t r = 0; r < rows; ++r, grad_y += width) {
    const float* u = u_gate + 2 * r * width;
    const float* g = u + width;
    float* grad_u = grad_u_gate + 2 * r * width;
    float* grad_g = grad_u + width;
    for (int64_t i = 0; i < width; ++i) {
      const float sigmoid = 1 / (1 + std::exp(-sharpness * g[i]));
      const float arriving = scale * grad_y[i];
      grad_u[i] = arriving * g[i] * sigmoid;
      grad_g[i] = arriving * u[i] * sigmoid * (1 + sharpness * g[i] * (1 - sigmoid));
    }
  }
}

FF_VECTORIZED
void Rotate(float* rows_data, const float* cosine, const float* sine, const RopeShape& shape,
            float sign, int64_t first_row, int64_t rows) {
  const int64_t half = shape.half;
  for (int64_t r = first_row; r < first_row + rows; ++r) {
    const float* c = cosine + (r % shape.positions) * half;
    const float* s = sine + (r % shape.positions) * half;
    for (int64_t h = 0; h < shape.heads; ++h) {
      float* __restrict low = rows_data + r * shape.stride + 2 * h * half;
      float* __restrict high = low + half;
      for (int64_t j = 0; j < half; ++j) {
        const float a = low[j], b = high[j];
        low[j] = a * c[j] - sign * b * s[j];
        high[j] = b * c[j] + sign * a * s[j];
      }
    }
  }
}

}  // namespace ff::trainer::cpu
