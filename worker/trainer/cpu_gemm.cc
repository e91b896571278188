#include "worker/trainer/cpu_gemm.h"

#include <ATen/ATen.h>

// Fortran's BLAS; null where LibTorch exports none.
extern "C" __attribute__((weak)) void sgemm_(const char* transa, const char* transb, const int* m,
                                             const int* n, const int* k, const float* alpha,
                                             const float* a, const int* lda, const float* b,
                                             const int* ldb, const float* beta, float* c,
                                             const int* ldc);

namespace ff::trainer::cpu {
namespace {

at::Tensor View(const Matrix& x, int64_t rows, int64_t columns) {
  float* data = const_cast<float*>(x.data);
  if (x.transposed) return at::from_blob(data, {rows, columns}, {1, x.stride}, at::kFloat);
  return at::from_blob(data, {rows, columns}, {x.stride, 1}, at::kFloat);
}

}  // namespace

// Row-major c is the transpose of the column-major matrix in the same memory: c^T = b^T a^T.
void Multiply(const Product& p, const Matrix& a, const Matrix& b, float* c, int64_t stride) {
  if (p.m == 0 || p.n == 0) return;
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
