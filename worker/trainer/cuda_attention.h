// Causal attention by the fastest kernel that LibTorch has for a shape, forward and backward
// without autograd. Fast kernels add up dq in an order that varies; in deterministic mode
// (at::Context) the choice is a rule and the kernels are the deterministic ones.
// For one thread at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ff::trainer {

class CudaAttention {
 public:
  struct Shape {
    int64_t batch = 0, positions = 0, heads = 0, kv_heads = 0, head_dim = 0;
    double logit_scale = 1;
    at::ScalarType dtype = at::kBFloat16;
  };
  // What the backward pass needs from the forward one.
  struct Saved {
    at::Tensor out, log_sums, cum_q, cum_k, seed, offset;  // out: [B, H, T, D]
    int64_t max_q = 0, max_k = 0;
  };
  struct Gradients {
    at::Tensor q, k, v;
  };

  // Times the candidates on the current stream (a few milliseconds).
  explicit CudaAttention(const Shape& shape);

  // q [B, H, T, D], k and v [B, KV, T, D]: any strides whose last is 1.
  Saved Forward(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) const;
  Gradients Backward(const at::Tensor& grad_out, const at::Tensor& q, const at::Tensor& k,
                     const at::Tensor& v, const Saved& saved) const;
  const char* kernel() const;

 private:
  enum class Kernel { kFlash, kCudnn, kEfficient };
  double Milliseconds(const at::Tensor& qkv);
  const Shape shape_;
  Kernel kernel_ = Kernel::kEfficient;
};

}  // namespace ff::trainer
