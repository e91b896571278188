#include "worker/trainer/cuda_gemm.h"

#include <ATen/cuda/CUDAContextLight.h>
#include <c10/util/Exception.h>
#include <cublas_v2.h>

namespace ff::trainer {
namespace {

cudaDataType_t DataType(FfType type) { return type == kFfBfloat16 ? CUDA_R_16BF : CUDA_R_32F; }

struct Operand {
  const void* data;
  bool transposed;
  int64_t leading;
};

// Column-major c [m, n] = scale * a b + keep * c; a row-major matrix is the transpose of the
// column-major one with the same memory.
void Product(FfType type, const Operand& a, const Operand& b, double scale, double keep, int64_t m,
             int64_t n, int64_t k, FfType out_type, void* c) {
  const float alpha = static_cast<float>(scale), beta = static_cast<float>(keep);
  const auto operation = [](const Operand& o) { return o.transposed ? CUBLAS_OP_T : CUBLAS_OP_N; };
  const cublasStatus_t status = cublasGemmEx(
      at::cuda::getCurrentCUDABlasHandle(), operation(a), operation(b), int(m), int(n), int(k),
      &alpha, a.data, DataType(type), int(a.leading), b.data, DataType(type), int(b.leading), &beta,
      c, DataType(out_type), int(m), CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
  TORCH_CHECK(status == CUBLAS_STATUS_SUCCESS, "CUBLAS: product of ", m, "x", k, " and ", k, "x", n,
              " failed with status ", int(status));
}

}  // namespace

void LinearForward(FfType type, const void* x, const void* w, double scale, int64_t rows,
                   int64_t in, int64_t out, void* y) {
  Product(type, {w, true, in}, {x, false, in}, scale, 0, out, rows, in, type, y);
}

void LinearGradInput(FfType type, const void* g, const void* w, double scale, int64_t rows,
                     int64_t in, int64_t out, void* grad_x) {
  Product(type, {w, false, in}, {g, false, out}, scale, 0, in, rows, out, type, grad_x);
}

void LinearGradWeight(FfType type, const void* g, const void* x, double scale, double keep,
                      int64_t rows, int64_t in, int64_t out, FfType grad_type, void* grad_w) {
  Product(type, {x, false, in}, {g, true, out}, scale, keep, in, out, rows, grad_type, grad_w);
}

}  // namespace ff::trainer
