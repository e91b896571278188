// Loss and its gradient in place. A row is loaded once into registers (as it is stored, so
// that 50 000 bfloat16 logits are 25 registers of each of 1024 threads), and its maximum,
// its sum and its gradient are taken from there.
#include "worker/kernels/kernels.h"
#include "worker/kernels/vectors.cuh"

namespace ff::kernels {
namespace {

constexpr int kWarpsPerBlock = 4;

template <class T, int THREADS, int VECTORS>
__global__ void __launch_bounds__(THREADS == 32 ? 32 * kWarpsPerBlock : THREADS)
    Loss(FfCrossEntropy a) {
  const int64_t row =
      THREADS == 32 ? int64_t(blockIdx.x) * kWarpsPerBlock + threadIdx.x / 32 : blockIdx.x;
  if (row >= a.rows) return;
  const int lane = threadIdx.x % THREADS, width = int(a.width), stride = int(a.stride);
  T* logits = static_cast<T*>(a.logits) + row * a.stride;
  // Read before the row is overwritten, by every thread: one address, one transaction.
  const int target = a.targets[row];
  const float at_target = ToFloat(logits[target]);
  Vector<T, 8> raw[VECTORS];
  float largest = -INFINITY;
#pragma unroll
  for (int v = 0; v < VECTORS; ++v) {
    const int column = (v * THREADS + lane) * 8;
    if (column >= stride) continue;
    raw[v] = *reinterpret_cast<const Vector<T, 8>*>(logits + column);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      if (column + i < width) largest = fmaxf(largest, ToFloat(raw[v].at[i]));
    }
  }
  // exp(s (z - max)) = 2^(s log2(e) (z - max)).
  const float steepness = a.sharpness * 1.4426950408889634f;
  largest = GroupMax<THREADS>(largest);
  float sum = 0;
#pragma unroll
  for (int v = 0; v < VECTORS; ++v) {
    const int column = (v * THREADS + lane) * 8;
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      if (column + i < width) sum += exp2f(steepness * (ToFloat(raw[v].at[i]) - largest));
    }
  }
  sum = GroupSum<THREADS>(sum);
  if (lane == 0) a.losses[row] = logf(sum) - a.sharpness * (at_target - largest);
  if (!a.with_grad) return;
  const float factor = a.scale / sum;
#pragma unroll
  for (int v = 0; v < VECTORS; ++v) {
    const int column = (v * THREADS + lane) * 8;
    if (column >= stride) continue;
    float grad[8];
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const float p = factor * exp2f(steepness * (ToFloat(raw[v].at[i]) - largest));
      grad[i] = column + i >= width ? 0 : column + i == target ? p - a.scale : p;
    }
    Store(grad, logits + column);
  }
}

template <class T, int THREADS, int VECTORS>
int Launch(FfStream stream, const FfCrossEntropy& a) {
  const int64_t blocks = THREADS == 32 ? CeilDiv(a.rows, kWarpsPerBlock) : a.rows;
  Loss<T, THREADS, VECTORS>
      <<<unsigned(blocks), THREADS == 32 ? 32 * kWarpsPerBlock : THREADS, 0, stream>>>(a);
  return cudaGetLastError();
}

template <class T>
int Dispatch(FfStream stream, const FfCrossEntropy& a) {
  const int64_t vectors = CeilDiv(a.stride, 8);
  if (vectors <= 32) return Launch<T, 32, 1>(stream, a);
  if (vectors <= 64) return Launch<T, 32, 2>(stream, a);
  if (vectors <= 128) return Launch<T, 32, 4>(stream, a);
  if (vectors <= 512) return Launch<T, 256, 2>(stream, a);
  if (vectors <= 1024) return Launch<T, 256, 4>(stream, a);
  if (vectors <= 2048) return Launch<T, 512, 4>(stream, a);
  if (vectors <= 4096) return Launch<T, 1024, 4>(stream, a);
  if constexpr (sizeof(T) == 2) {
    if (vectors <= 7 * 1024) return Launch<T, 1024, 7>(stream, a);
  }
  return Launch<T, 1024, 16>(stream, a);
}

// One block, so that the order of additions is fixed.
__global__ void SumLosses(const float* losses, int64_t rows, bool first, float* sum) {
  float mine = 0;
  for (int64_t row = threadIdx.x; row < rows; row += 1024) mine += losses[row];
  mine = GroupSum<1024>(mine);
  if (threadIdx.x == 0) *sum = first ? mine : *sum + mine;
}

}  // namespace
}  // namespace ff::kernels

int FfCrossEntropyInPlace(FfStream stream, FfType type, const FfCrossEntropy& args) {
  if (args.rows == 0) return 0;
  return type == kFfBfloat16 ? ff::kernels::Dispatch<ff::kernels::bf16>(stream, args)
                             : ff::kernels::Dispatch<float>(stream, args);
}

int FfSumLosses(FfStream stream, const float* losses, int64_t rows, bool first, float* sum) {
  ff::kernels::SumLosses<<<1, 1024, 0, stream>>>(losses, rows, first, sum);
  return cudaGetLastError();
}
