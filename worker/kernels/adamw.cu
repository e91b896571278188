// AdamW over all tensors in one launch, and the gradients' norm.
#include "worker/kernels/fp8_tiles.cuh"
#include "worker/kernels/kernels.h"
#include "worker/kernels/vectors.cuh"

namespace ff::kernels {
namespace {

constexpr int kThreads = 256;
static_assert(kThreads * 8 == kFfAdamChunk);

__device__ bool Applies(const FfAdamW& a) {
  return a.scalars->apply && (a.loss_sum == nullptr || isfinite(*a.loss_sum));
}

// N neighbouring weights of a tensor from `index` on; w <- the new ones.
template <class G, int N>
__device__ void Update(const FfAdamW& a, int32_t tensor, int64_t index, float (&w)[N]) {
  const float rate = a.rates[2 * tensor] * a.scalars->rate_factor;
  const float keep = 1 - rate * a.rates[2 * tensor + 1];
  const float step = rate * a.scalars->inverse_bias1, root = a.scalars->inverse_root_bias2;
  const float clip = a.clip == nullptr ? 1 : *a.clip;
  float g[N], m[N], v[N];
  Load(a.weight + index, w);
  Load(static_cast<const G*>(a.grad) + index, g);
  Load(a.first + index, m);
  Load(a.second + index, v);
#pragma unroll
  for (int i = 0; i < N; ++i) {
    const float grad = g[i] * clip;
    m[i] += (1 - a.beta1) * (grad - m[i]);
    v[i] = a.beta2 * v[i] + (1 - a.beta2) * grad * grad;
    w[i] = w[i] * keep - step * m[i] / (sqrtf(v[i]) * root + a.eps);
  }
  Store(w, a.weight + index);
  Store(m, a.first + index);
  Store(v, a.second + index);
}

// A block has a chunk, a thread 8 neighbouring weights of it.
template <class G>
__global__ void Step(FfAdamW a) {
  if (!Applies(a)) return;
  const int64_t index = int64_t(blockIdx.x) * kFfAdamChunk + threadIdx.x * 8;
  float w[8];
  Update<G>(a, a.chunk_tensor[blockIdx.x], index, w);
  if (a.shadow != nullptr) Store(w, static_cast<bf16*>(a.shadow) + index);
}

// A block has a tile of the matrix, a thread a patch of it.
template <class G>
__global__ void __launch_bounds__(kTileThreads) StepFp8(FfAdamW a, FfFp8Matrix matrix) {
  __shared__ Turned turned;
  if (!Applies(a)) return;
  const Patch at = MyPatch(matrix.rows, matrix.columns);
  float w[4][4] = {};
  if (at.inside) {
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      const int64_t index = matrix.offset + (at.row + r) * matrix.columns + at.column;
      Update<G>(a, matrix.tensor, index, w[r]);
    }
  }
  StorePatch<__NV_E4M3>(w, at, 0, matrix.columns, static_cast<uint8_t*>(matrix.out), turned);
  __syncthreads();
  StoreTurned(matrix.rows, matrix.columns, 0, turned, static_cast<uint8_t*>(matrix.transposed));
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

int FfAdamWStepFp8(FfStream stream, const FfAdamW& args, const FfFp8Matrix& matrix) {
  using namespace ff::kernels;  // NOLINT
  const dim3 grid = TileGrid(matrix.rows, matrix.columns);
  const auto step = args.grad_type == kFfBfloat16 ? StepFp8<bf16> : StepFp8<float>;
  step<<<grid, kTileThreads, 0, stream>>>(args, matrix);
  return cudaGetLastError();
}
