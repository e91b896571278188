#include "worker/trainer/cuda_attention.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <chrono>

#include "worker/kernels/kernels.h"

namespace ff::trainer {
namespace {

using at::Tensor;

bool MustBeDeterministic() {
  return at::globalContext().deterministicAlgorithms() &&
         !at::globalContext().deterministicAlgorithmsWarnOnly();
}

}  // namespace

CudaAttention::CudaAttention(const Shape& shape) : shape_(shape) {
  // In float32 there is one fused kernel; with fewer kv heads, flash alone reads them as they are.
  if (shape.dtype != at::kBFloat16) return;
  kernel_ = Kernel::kFlash;
  if (shape.heads != shape.kv_heads) return;
  if (MustBeDeterministic()) {
    if (shape.positions * shape.head_dim >= 512 * 64) kernel_ = Kernel::kCudnn;
    return;
  }
  // Not drawn from LibTorch's generator: another thread may be capturing a graph with it.
  const int64_t count = shape.batch * shape.positions * 3 * shape.heads * shape.head_dim;
  const Tensor noise = at::empty({count}, at::TensorOptions(at::kCUDA).dtype(at::kFloat));
  FfFillNormal(c10::cuda::getCurrentCUDAStream().stream(), 1, 0, 1, count, noise.data_ptr<float>());
  const Tensor qkv =
      noise.to(at::kBFloat16).view({shape.batch, shape.positions, 3 * shape.heads, shape.head_dim});
  const double flash = Milliseconds(qkv);
  kernel_ = Kernel::kCudnn;
  try {
    if (Milliseconds(qkv) > flash) kernel_ = Kernel::kFlash;
  } catch (const c10::Error&) {  // cuDNN has no plan for this shape
    kernel_ = Kernel::kFlash;
  }
}

const char* CudaAttention::kernel() const {
  return kernel_ == Kernel::kFlash ? "flash" : kernel_ == Kernel::kCudnn ? "cudnn" : "efficient";
}

// Median of five, after one that pays for plans and handles.
double CudaAttention::Milliseconds(const Tensor& qkv) {
  const std::vector<Tensor> parts = qkv.transpose(1, 2).split(shape_.heads, 1);
  const auto stream = c10::cuda::getCurrentCUDAStream();
  std::vector<double> times;
  for (int i = 0; i < 6; ++i) {
    stream.synchronize();
    const auto begin = std::chrono::steady_clock::now();
    const Saved saved = Forward(parts[0], parts[1], parts[2]);
    Backward(saved.out, parts[0], parts[1], parts[2], saved);
    stream.synchronize();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (i > 0) times.push_back(took.count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

CudaAttention::Saved CudaAttention::Forward(const Tensor& q, const Tensor& k,
                                            const Tensor& v) const {
  Saved s;
  Tensor mask;
  switch (kernel_) {
    case Kernel::kFlash: {
      c10::SymInt max_q, max_k;
      std::tie(s.out, s.log_sums, s.cum_q, s.cum_k, max_q, max_k, s.seed, s.offset, mask) =
          at::_scaled_dot_product_flash_attention(q, k, v, 0.0, true, false, shape_.logit_scale);
      s.max_q = max_q.expect_int(), s.max_k = max_k.expect_int();
      break;
    }
    case Kernel::kCudnn: {
      c10::SymInt max_q, max_k;
      std::tie(s.out, s.log_sums, s.cum_q, s.cum_k, max_q, max_k, s.seed, s.offset, mask) =
          at::_scaled_dot_product_cudnn_attention(q, k, v, {}, true, 0.0, true, false,
                                                  shape_.logit_scale);
      s.max_q = max_q.expect_int(), s.max_k = max_k.expect_int();
      break;
    }
    case Kernel::kEfficient:
      std::tie(s.out, s.log_sums, s.seed, s.offset) = at::_scaled_dot_product_efficient_attention(
          q, k, v, {}, true, 0.0, true, shape_.logit_scale);
      break;
  }
  return s;
}

CudaAttention::Gradients CudaAttention::Backward(const Tensor& grad_out, const Tensor& q,
                                                 const Tensor& k, const Tensor& v,
                                                 const Saved& s) const {
  Gradients g;
  Tensor bias;
  switch (kernel_) {
    case Kernel::kFlash:
      std::tie(g.q, g.k, g.v) = at::_scaled_dot_product_flash_attention_backward(
          grad_out, q, k, v, s.out, s.log_sums, s.cum_q, s.cum_k, s.max_q, s.max_k, 0.0, true,
          s.seed, s.offset, shape_.logit_scale);
      break;
    case Kernel::kCudnn:
      std::tie(g.q, g.k, g.v) = at::_scaled_dot_product_cudnn_attention_backward(
          grad_out, q, k, v, s.out, s.log_sums, s.seed, s.offset, bias, s.cum_q, s.cum_k, s.max_q,
          s.max_k, 0.0, true, shape_.logit_scale);
      break;
    case Kernel::kEfficient:
      std::tie(g.q, g.k, g.v, bias) = at::_scaled_dot_product_efficient_attention_backward(
          grad_out, q, k, v, bias, s.out, s.log_sums, s.seed, s.offset, 0.0,
          {true, true, true, false}, true, shape_.logit_scale);
      break;
  }
  return g;
}

}  // namespace ff::trainer
