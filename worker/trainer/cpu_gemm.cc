#include "worker/trainer/cpu_gemm.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "worker/trainer/vectorized.h"

// Fortran's BLAS; null where LibTorch exports none.
extern "C" __attribute__((weak)) void sgemm_(const char* transa, const char* transb, const int* m,
                                             const int* n, const int* k, const float* alpha,
                                             const float* a, const int* lda, const float* b,
                                             const int* ldb, const float* beta, float* c,
                                             const int* ldc);

namespace ff::trainer::cpu {
namespace {

// Measured (BENCHMARKS.md): from 64 wide on such a product takes half the time, at 16 no less, and
// rounding comes on top.
constexpr int64_t kNarrowFrom = 64;

bool WorthNarrowing(const Product& p) {
  return p.narrow && HasNarrowProducts() && std::min({p.m, p.n, p.k}) >= kNarrowFrom;
}

// To the nearest, ties to even. `rows` by `columns` as they lie in memory, tightly packed.
FF_VECTORIZED void Round(const Matrix& x, int64_t rows, int64_t columns, uint16_t* out) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* row = x.data + r * x.stride;
    for (int64_t i = 0; i < columns; ++i) {
      uint32_t bits;
      std::memcpy(&bits, row + i, sizeof bits);
      out[r * columns + i] = static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
  }
}

// The matrix rounded, in a buffer of this thread's that grows to the largest and stays.
struct Rounded {
  Rounded(const Matrix& x, int64_t rows, int64_t columns, std::vector<uint16_t>& buffer) {
    if (x.transposed) std::swap(rows, columns);
    if (buffer.size() < size_t(rows * columns)) buffer.resize(rows * columns);
    Round(x, rows, columns, buffer.data());
    data = buffer.data(), stride = columns;
  }
  const uint16_t* data;
  int64_t stride;
};

at::Tensor View(const Rounded& x, const Matrix& of, int64_t rows, int64_t columns) {
  uint16_t* data = const_cast<uint16_t*>(x.data);
  if (of.transposed) return at::from_blob(data, {rows, columns}, {1, x.stride}, at::kBFloat16);
  return at::from_blob(data, {rows, columns}, {x.stride, 1}, at::kBFloat16);
}

// c <- scale * x + keep * c, x in bfloat16.
FF_VECTORIZED void Spread(const uint16_t* x, const Product& p, float* c, int64_t stride) {
  for (int64_t r = 0; r < p.m; ++r) {
    float* row = c + r * stride;
    for (int64_t i = 0; i < p.n; ++i) {
      const uint32_t bits = uint32_t{x[r * p.n + i]} << 16;
      float value;
      std::memcpy(&value, &bits, sizeof value);
      row[i] = p.scale * value + (p.keep == 0 ? 0 : p.keep * row[i]);
    }
  }
}

// By oneDNN through ATen: MKL's own product of bfloat16 was no faster than sgemm.
void MultiplyNarrow(const Product& p, const Matrix& a, const Matrix& b, float* c, int64_t stride) {
  thread_local std::vector<uint16_t> a_buffer, b_buffer, c_buffer;
  const Rounded left(a, p.m, p.k, a_buffer), right(b, p.k, p.n, b_buffer);
  if (c_buffer.size() < size_t(p.m * p.n)) c_buffer.resize(p.m * p.n);
  at::Tensor out = at::from_blob(c_buffer.data(), {p.m, p.n}, at::kBFloat16);
  at::mm_out(out, View(left, a, p.m, p.k), View(right, b, p.k, p.n));
  Spread(c_buffer.data(), p, c, stride);
}

at::Tensor View(const Matrix& x, int64_t rows, int64_t columns) {
  float* data = const_cast<float*>(x.data);
  if (x.transposed) return at::from_blob(data, {rows, columns}, {1, x.stride}, at::kFloat);
  return at::from_blob(data, {rows, columns}, {x.stride, 1}, at::kFloat);
}

}  // namespace

bool HasNarrowProducts() {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

// Row-major c is the transpose of the column-major matrix in the same memory: c^T = b^T a^T.
void Multiply(const Product& p, const Matrix& a, const Matrix& b, float* c, int64_t stride) {
  if (p.m == 0 || p.n == 0) return;
  if (WorthNarrowing(p)) return MultiplyNarrow(p, a, b, c, stride);
  if (sgemm_ == nullptr) {
    at::Tensor out = at::from_blob(c, {p.m, p.n}, {stride, 1}, at::kFloat);
    out.addmm_(View(a, p.m, p.k), View(b, p.k, p.n), p.keep, p.scale);
    return;
  }
  const int m = int(p.n), n = int(p.m), k = int(p.k);
  const int lda = int(b.stride), ldb = int(a.stride), ldc = int(stride);
  sgemm_(b.transposed ? "T" : "N", a.transposed ? "T" : "N", &m, &n, &k, &p.scale, b.data, &lda,
         a.data, &ldb, &p.keep, c, &ldc);
}

}  // namespace ff::trainer::cpu
