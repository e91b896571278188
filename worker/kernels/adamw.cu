// AdamW over all tensors in one launch, and the gradients' norm.
#include "worker/kernels/kernels.h"
#include "worker/kernels/vectors.cuh"

namespace ff::kernels {
namespace {

constexpr int kThreads = 256;
static_assert(kThreads * 8 == kFfAdamChunk);

// A block has a chunk, a thread 8 neighbouring weights of it.
template <class G>
__global__ void Step(FfAdamW a) {
  if (!a.scalars->apply || (a.loss_sum != nullptr && !isfinite(*a.loss_sum))) return;
  const int64_t index = int64_t(blockIdx.x) * kFfAdamChunk + threadIdx.x * 8;
  const int32_t tensor = a.chunk_tensor[blockIdx.x];
  const float rate = a.rates[2 * tensor] * a.scalars->rate_factor;
  const float keep = 1 - rate * a.rates[2 * tensor + 1];
  const float step = rate * a.scalars->inverse_bias1, root = a.scalars->inverse_root_bias2;
  const float clip = a.clip == nullptr ? 1 : *a.clip;
  float w[8], g[8], m[8], v[8];
  Load(a.weight + index, w);
  Load(static_cast<const G*>(a.grad) + index, g);
  Load(a.first + index, m);
  Load(a.second + index, v);
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const float grad = g[i] * clip;
    m[i] += (1 - a.beta1) * (grad - m[i]);
    v[i] = a.beta2 * v[i] + (1 - a.beta2) * grad * grad;
    w[i] = w[i] * keep - step * m[i] / (sqrtf(v[i]) * root + a.eps);
  }
  Store(w, a.weight + index);
  Store(m, a.first + index);
  Store(v, a.second + index);
  if (a.shadow != nullptr) Store(w, static_cast<bf16*>(a.shadow) + index);
}

template <class G>
__global__ void SquareParts(const G* grad, int64_t count, float* partial) {
  float sum = 0;
  const int64_t step = int64_t(gridDim.x) * kThreads * 8;
  for (int64_t i = (int64_t(blockIdx.x) * kThreads + threadIdx.x) * 8; i < count; i += step) {
    float g[8];
    Load(grad + i, g);
#pragma unroll
    for (int k = 0; k < 8; ++k) sum += g[k] * g[k];
  }
  sum = GroupSum<kThreads>(sum);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

__global__ void NormFromParts(const float* partial, float max_norm, float* norm, float* clip) {
  const float total = sqrtf(GroupSum<kFfNormParts>(partial[threadIdx.x]));
  if (threadIdx.x != 0) return;
  *norm = total;
  *clip = max_norm > 0 && total > max_norm ? max_norm / total : 1;
}

}  // namespace
}  // namespace ff::kernels

using ff::kernels::bf16;

int FfGradNorm(FfStream stream, FfType grad_type, const void* grad, int64_t count, float max_norm,
               float* partial, float* norm, float* clip) {
  using namespace ff::kernels;  // NOLINT
  if (grad_type == kFfBfloat16) {
    SquareParts<bf16>
        <<<kFfNormParts, kThreads, 0, stream>>>(static_cast<const bf16*>(grad), count, partial);
  } else {
    SquareParts<float>
        <<<kFfNormParts, kThreads, 0, stream>>>(static_cast<const float*>(grad), count, partial);
  }
  NormFromParts<<<1, kFfNormParts, 0, stream>>>(partial, max_norm, norm, clip);
  return cudaGetLastError();
}

int FfAdamWStep(FfStream stream, const FfAdamW& args) {
  if (args.grad_type == kFfBfloat16) {
    ff::kernels::Step<bf16><<<unsigned(args.chunks), ff::kernels::kThreads, 0, stream>>>(args);
  } else {
    ff::kernels::Step<float><<<unsigned(args.chunks), ff::kernels::kThreads, 0, stream>>>(args);
  }
  return cudaGetLastError();
}
