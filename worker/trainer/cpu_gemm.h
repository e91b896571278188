// Matrix products on the CPU, on float32 in row-major memory with strides: by the BLAS that
// LibTorch brings (MKL in its wheels), called directly, because a call through the
// dispatcher costs as much as a small model's product; by ATen where it brings none.
// Nothing is allocated but by ATen. Thread-safe; in a parallel region a product has one thread.
#pragma once

#include <cstdint>

namespace ff::trainer::cpu {

struct Matrix {
  const float* data;
  int64_t stride;           // floats from row to row
  bool transposed = false;  // use the transpose of what lies there
};

struct Product {
  int64_t m, n, k;
  float scale = 1, keep = 0;
  bool narrow = false;  // factors and products rounded to bfloat16, where that is faster
};

// Whether this processor multiplies bfloat16; elsewhere `narrow` has no effect.
bool HasNarrowProducts();

// c [m, n] (rows `stride` apart) = scale * a [m, k] b [k, n] + keep * c. With keep 0, c is not
// read.
void Multiply(const Product& product, const Matrix& a, const Matrix& b, float* c, int64_t stride);

}  // namespace ff::trainer::cpu
