// The model's element-wise work on float rows, each in one pass over memory where tensor
// operations would take four to nine. Plain C++ that the compiler vectorizes for the
// processor it finds at start. Rows are contiguous; callers split rows over threads.
// Stateless; thread-safe. The results of a row do not depend on the other rows.
#pragma once

#include <cstdint>

namespace ff::trainer::cpu {

// y = x / sqrt(mean(x^2) + eps) * gain (gain may be null); keeps 1 / root in `inverse`.
void RmsNormForward(const float* x, const float* gain, float eps, int64_t rows, int64_t width,
                    float* y, float* inverse);
// grad_x of the above; where `gain` is given, also adds sum of grad_y x inverse to `grad_gain`.
void RmsNormBackward(const float* x, const float* inverse, const float* gain, const float* grad_y,
                     int64_t rows, int64_t width, float* grad_x, float* grad_gain);

// Rows hold u (width) and g (width): y = scale u g sigmoid(sharpness g).
void GatedSiluForward(const float* u_gate, float sharpness, float scale, int64_t rows,
                      int64_t width, float* y);
void GatedSiluBackward(const float* u_gate, const float* grad_y, float sharpness, float scale,
                       int64_t rows, int64_t width, float* grad_u_gate);

// Rotates pairs (j, j + half) of the first `heads` heads of each row in place; a row has
// `stride` floats. Row r stands at position r % positions; cosine and sine are
// [positions, half]. `sign` -1 turns back.
struct RopeShape {
  int64_t heads, half, stride, positions;
};
void Rotate(float* rows_data, const float* cosine, const float* sine, const RopeShape& shape,
            float sign, int64_t first_row, int64_t rows);

}  // namespace ff::trainer::cpu
