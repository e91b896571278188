// u g sigmoid(sharpness g), and its gradient in place of u and g.
#include "worker/kernels/kernels.h"
#include "worker/kernels/vectors.cuh"

namespace ff::kernels {
namespace {

constexpr int kThreads = 256;

__device__ float Sigmoid(float x) { return 1 / (1 + __expf(-x)); }

template <class T>
__global__ void Forward(const T* u_gate, float sharpness, float scale, int64_t count, int64_t width,
                        T* y) {
  const int64_t index = (int64_t(blockIdx.x) * kThreads + threadIdx.x) * 8;
  if (index >= count) return;
  const int64_t row = index / width;
  const T* at = u_gate + index + row * width;  // rows of 2 width
  float u[8], g[8];
  Load(at, u);
  Load(at + width, g);
#pragma unroll
  for (int i = 0; i < 8; ++i) u[i] *= scale * g[i] * Sigmoid(sharpness * g[i]);
  Store(u, y + index);
}

template <class T>
__global__ void Backward(const T* grad_y, float sharpness, float scale, int64_t count,
                         int64_t width, T* u_gate) {
  const int64_t index = (int64_t(blockIdx.x) * kThreads + threadIdx.x) * 8;
  if (index >= count) return;
  const int64_t row = index / width;
  T* at = u_gate + index + row * width;
  float u[8], g[8], arriving[8];
  Load(at, u);
  Load(at + width, g);
  Load(grad_y + index, arriving);
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const float sigmoid = Sigmoid(sharpness * g[i]), grad = scale * arriving[i];
    const float slope = sigmoid * (1 + sharpness * g[i] * (1 - sigmoid));
    const float grad_gate = grad * u[i] * slope;
    u[i] = grad * g[i] * sigmoid;
    g[i] = grad_gate;
  }
  Store(u, at);
  Store(g, at + width);
}

unsigned Blocks(int64_t count) { return unsigned(CeilDiv(count / 8, kThreads)); }

}  // namespace
}  // namespace ff::kernels

using ff::kernels::bf16;

int FfGatedSiluForward(FfStream stream, FfType type, const void* u_gate, float sharpness,
                       float scale, int64_t rows, int64_t width, void* y) {
  if (rows == 0) return 0;
  const int64_t n = rows * width;
  const unsigned blocks = ff::kernels::Blocks(n);
  if (type == kFfBfloat16) {
    ff::kernels::Forward<bf16><<<blocks, ff::kernels::kThreads, 0, stream>>>(
        static_cast<const bf16*>(u_gate), sharpness, scale, n, width, static_cast<bf16*>(y));
  } else {
    ff::kernels::Forward<float><<<blocks, ff::kernels::kThreads, 0, stream>>>(
        static_cast<const float*>(u_gate), sharpness, scale, n, width, static_cast<float*>(y));
  }
  return cudaGetLastError();
}

int FfGatedSiluBackward(FfStream stream, FfType type, const void* grad_y, float sharpness,
                        float scale, int64_t rows, int64_t width, void* u_gate) {
  if (rows == 0) return 0;
  const int64_t n = rows * width;
  const unsigned blocks = ff::kernels::Blocks(n);
  if (type == kFfBfloat16) {
    ff::kernels::Backward<bf16><<<blocks, ff::kernels::kThreads, 0, stream>>>(
        static_cast<const bf16*>(grad_y), sharpness, scale, n, width, static_cast<bf16*>(u_gate));
  } else {
    ff::kernels::Backward<float><<<blocks, ff::kernels::kThreads, 0, stream>>>(
        static_cast<const float*>(grad_y), sharpness, scale, n, width, static_cast<float*>(u_gate));
  }
  return cudaGetLastError();
}
