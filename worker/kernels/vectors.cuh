// Loads and stores of several neighbouring values, and sums over a warp or a block in a
// fixed order. Device code only; included by the kernels of this room.
#pragma once

#include <cuda_bf16.h>

#include <cstdint>

namespace ff::kernels {

using bf16 = __nv_bfloat16;

__device__ inline float ToFloat(float x) { return x; }
__device__ inline float ToFloat(bf16 x) { return __bfloat162float(x); }
template <class T>
__device__ inline T FromFloat(float x);
template <>
__device__ inline float FromFloat<float>(float x) {
  return x;
}
template <>
__device__ inline bf16 FromFloat<bf16>(float x) {
  return __float2bfloat16_rn(x);
}

// N values that one access moves (at most 16 bytes of them at a time in hardware).
template <class T, int N>
struct alignas(sizeof(T) * N > 16 ? 16 : sizeof(T) * N) Vector {
  T at[N];
};

template <int N, class T>
__device__ inline void Load(const T* from, float (&to)[N]) {
  const Vector<T, N> raw = *reinterpret_cast<const Vector<T, N>*>(from);
#pragma unroll
  for (int i = 0; i < N; ++i) to[i] = ToFloat(raw.at[i]);
}

template <int N, class T>
__device__ inline void Store(const float (&from)[N], T* to) {
  Vector<T, N> raw;
#pragma unroll
  for (int i = 0; i < N; ++i) raw.at[i] = FromFloat<T>(from[i]);
  *reinterpret_cast<Vector<T, N>*>(to) = raw;
}

__device__ inline float WarpSum(float x) {
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) x += __shfl_xor_sync(~0u, x, offset);
  return x;
}

__device__ inline float WarpMax(float x) {
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) x = fmaxf(x, __shfl_xor_sync(~0u, x, offset));
  return x;
}

// Sum over THREADS threads (a warp or the whole block), the result in every one of them.
template <int THREADS>
__device__ inline float GroupSum(float x) {
  x = WarpSum(x);
  if constexpr (THREADS > 32) {
    __shared__ float sums[THREADS / 32];
    __syncthreads();
    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = x;
    __syncthreads();
    x = threadIdx.x % 32 < THREADS / 32 ? sums[threadIdx.x % 32] : 0;
    x = WarpSum(x);
  }
  return x;
}

template <int THREADS>
__device__ inline float GroupMax(float x) {
  x = WarpMax(x);
  if constexpr (THREADS > 32) {
    __shared__ float largest[THREADS / 32];
    __syncthreads();
    if (threadIdx.x % 32 == 0) largest[threadIdx.x / 32] = x;
    __syncthreads();
    x = threadIdx.x % 32 < THREADS / 32 ? largest[threadIdx.x % 32] : -INFINITY;
    x = WarpMax(x);
  }
  return x;
}

inline int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace ff::kernels
