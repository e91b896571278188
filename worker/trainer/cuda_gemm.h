// The decoder's matrix products by cuBLAS on the current stream, on row-major matrices:
// scale factors cost nothing, and a gradient can be added to what is there. Factors and sums
// are float. For one thread at a time for each stream.
#pragma once

#include <cstdint>

#include "worker/kernels/kernels.h"

namespace ff::trainer {

// y [rows, out] = scale * x [rows, in] w [out, in]^T.
void LinearForward(FfType type, const void* x, const void* w, double scale, int64_t rows,
                   int64_t in, int64_t out, void* y);
// grad_x [rows, in] = scale * g [rows, out] w [out, in].
void LinearGradInput(FfType type, const void* g, const void* w, double scale, int64_t rows,
                     int64_t in, int64_t out, void* grad_x);
// grad_w [out, in] = keep * grad_w + scale * g^T x; grad_w has `grad_type`.
void LinearGradWeight(FfType type, const void* g, const void* x, double scale, double keep,
                      int64_t rows, int64_t in, int64_t out, FfType grad_type, void* grad_w);

}  // namespace ff::trainer
