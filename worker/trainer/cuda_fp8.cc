#include "worker/trainer/cuda_fp8.h"

#include <ATen/ATen.h>
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAStream.h>
#include <cublasLt.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "worker/trainer/cuda_check.h"

namespace ff::trainer {
namespace {

constexpr int64_t kWorkspaceBytes = int64_t{64} << 20;
constexpr int kCandidates = 24, kFinalists = 4;

cudaDataType_t DataType(FfFp8 format) {
  return format == kFfE4M3 ? CUDA_R_8F_E4M3 : CUDA_R_8F_E5M2;
}
cudaDataType_t DataType(FfType type) { return type == kFfBfloat16 ? CUDA_R_16BF : CUDA_R_32F; }

void Check(cublasStatus_t status, const char* what) {
  TORCH_CHECK(status == CUBLAS_STATUS_SUCCESS, "CUBLAS: ", what, " (FP8) failed with status ",
              int(status));
}

FfStream Stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

}  // namespace

bool HasFp8(at::Device device) {
  const cudaDeviceProp* p = at::cuda::getDeviceProperties(device.index());
  return p->major > 8 || (p->major == 8 && p->minor == 9);
}

// What cublasLt needs to know of a product: column-major c [m, n] = a^T b.
struct CudaFp8::Plan {
  explicit Plan(const Shape& s) {
    Check(cublasLtMatmulDescCreate(&product, CUBLAS_COMPUTE_32F, CUDA_R_32F), "description");
    const cublasOperation_t turned = CUBLAS_OP_T, plain = CUBLAS_OP_N;
    // Sums that stay in the matrix unit have 14 bits: enough for activations, not for gradients.
    const int8_t fast = s.a == kFfE4M3 && s.b == kFfE4M3;
    Set(CUBLASLT_MATMUL_DESC_TRANSA, turned);
    Set(CUBLASLT_MATMUL_DESC_TRANSB, plain);
    Set(CUBLASLT_MATMUL_DESC_FAST_ACCUM, fast);
    Check(cublasLtMatrixLayoutCreate(&a, DataType(s.a), s.k, s.m, s.k), "layout");
    Check(cublasLtMatrixLayoutCreate(&b, DataType(s.b), s.k, s.n, s.k), "layout");
    Check(cublasLtMatrixLayoutCreate(&c, DataType(s.out), s.m, s.n, s.m), "layout");
    cublasLtMatmulPreference_t preference = nullptr;
    Check(cublasLtMatmulPreferenceCreate(&preference), "preference");
    const size_t bytes = kWorkspaceBytes;
    cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                         &bytes, sizeof bytes);
    candidates.resize(kCandidates);
    int found = 0;
    const cublasStatus_t status =
        cublasLtMatmulAlgoGetHeuristic(at::cuda::getCurrentCUDABlasLtHandle(), product, a, b, c, c,
                                       preference, kCandidates, candidates.data(), &found);
    cublasLtMatmulPreferenceDestroy(preference);
    candidates.resize(status == CUBLAS_STATUS_SUCCESS ? found : 0);
    TORCH_CHECK(!candidates.empty(), "CUBLAS: no FP8 product of ", s.n, "x", s.k, " and ", s.k, "x",
                s.m, " on this device; use dtype bfloat16");
  }
  ~Plan() {
    for (cublasLtMatrixLayout_t layout : {a, b, c}) cublasLtMatrixLayoutDestroy(layout);
    cublasLtMatmulDescDestroy(product);
  }
  Plan(const Plan&) = delete;

  template <class T>
  void Set(cublasLtMatmulDescAttributes_t attribute, const T& value) {
    Check(cublasLtMatmulDescSetAttribute(product, attribute, &value, sizeof value), "attribute");
  }

  cublasLtMatmulDesc_t product = nullptr;
  cublasLtMatrixLayout_t a = nullptr, b = nullptr, c = nullptr;
  std::vector<cublasLtMatmulHeuristicResult_t> candidates;  // the chosen one first
};

CudaFp8::CudaFp8(int64_t rows, int64_t widest_in, int64_t widest_out, at::Device device) {
  const at::TensorOptions bytes = at::TensorOptions(device).dtype(at::kByte);
  input_ = at::empty({rows * widest_in}, bytes);
  input_transposed_ = at::empty({rows * widest_in}, bytes);
  grad_ = at::empty({rows * widest_out}, bytes);
  grad_transposed_ = at::empty({rows * widest_out}, bytes);
  workspace_ = at::empty({kWorkspaceBytes}, bytes);
}

CudaFp8::~CudaFp8() = default;

void CudaFp8::Forward(const Weight& w, double scale, int64_t rows, void* y) {
  Multiply({w.plain.data_ptr(), kFfE4M3}, {input(), kFfE4M3}, w.out, rows, w.in, scale, 0,
           kFfBfloat16, y);
}

void CudaFp8::Backward(const Weight& w, const void* x, int64_t rows, const Gradients& g) {
  Multiply({w.transposed.data_ptr(), kFfE4M3}, {grad(), kFfE5M2}, w.in, rows, w.out, g.input_scale,
           0, kFfBfloat16, g.grad_x);
  const FfFp8Cast cast{kFfBfloat16, x, rows, w.in, kFfE4M3, nullptr, input_transposed_.data_ptr()};
  CheckCuda(FfCastFp8(Stream(), cast), "cast of an input");
  Multiply({input_transposed_.data_ptr(), kFfE4M3}, {grad_transposed(), kFfE5M2}, w.in, w.out, rows,
           g.weight_scale, g.keep, g.weight_type, g.grad_weight);
}

void CudaFp8::Multiply(const Operand& a, const Operand& b, int64_t m, int64_t n, int64_t k,
                       double scale, double keep, FfType out_type, void* c) {
  const Shape shape{m, n, k, a.format, b.format, out_type, keep != 0};
  std::unique_ptr<Plan>& plan = plans_[shape];
  const float alpha = static_cast<float>(scale), beta = static_cast<float>(keep);
  if (plan == nullptr) {
    plan = std::make_unique<Plan>(shape);
    Choose(*plan, a, b, alpha, beta, c);
  }
  Check(static_cast<cublasStatus_t>(Run(*plan, a, b, alpha, beta, c)), "product");
}

int CudaFp8::Run(const Plan& plan, const Operand& a, const Operand& b, float scale, float keep,
                 void* c) {
  return cublasLtMatmul(at::cuda::getCurrentCUDABlasLtHandle(), plan.product, &scale, a.data,
                        plan.a, b.data, plan.b, &keep, c, plan.c, c, plan.c,
                        &plan.candidates.front().algo, workspace_.data_ptr(), kWorkspaceBytes,
                        Stream());
}

// Each candidate once to warm up and twice for the clock, the quickest of them again over more
// repeats, since neighbours differ by a percent or two; on the real operands: the caller computes
// c anew. Never within a capture, since a rehearsal comes before it.
void CudaFp8::Choose(Plan& plan, const Operand& a, const Operand& b, float scale, float keep,
                     void* c) {
  const bool by_rule = at::globalContext().deterministicAlgorithms() &&
                       !at::globalContext().deterministicAlgorithmsWarnOnly();
  if (by_rule || plan.candidates.size() < 2) return;
  const std::vector<cublasLtMatmulHeuristicResult_t> candidates = plan.candidates;
  cudaEvent_t begin, end;
  CheckCuda(cudaEventCreate(&begin), "event");
  CheckCuda(cudaEventCreate(&end), "event");
  const auto time = [&](size_t which, int repeats) {  // milliseconds of one
    plan.candidates.front() = candidates[which];
    if (Run(plan, a, b, scale, keep, c) != CUBLAS_STATUS_SUCCESS) return HUGE_VALF;
    cudaEventRecord(begin, Stream());
    for (int i = 0; i < repeats; ++i) Run(plan, a, b, scale, keep, c);
    cudaEventRecord(end, Stream());
    CheckCuda(cudaEventSynchronize(end), "timing of FP8 products");
    float took = 0;
    cudaEventElapsedTime(&took, begin, end);
    return took / static_cast<float>(repeats);
  };
  std::vector<std::pair<float, size_t>> times;
  for (size_t i = 0; i < candidates.size(); ++i) times.emplace_back(time(i, 2), i);
  std::sort(times.begin(), times.end());
  times.resize(std::min<size_t>(times.size(), kFinalists));
  for (auto& [took, which] : times) took = time(which, 10);
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  plan.candidates.front() = candidates[std::min_element(times.begin(), times.end())->second];
}

}  // namespace ff::trainer
