// Rotary positions on packed q, k, v, and their way back.
#include "worker/kernels/kernels.h"
#include "worker/kernels/vectors.cuh"

namespace ff::kernels {
namespace {

constexpr int kThreads = 256;

template <int N>
__device__ void Turn(float (&low)[N], float (&high)[N], const float* cosine, const float* sine,
                     float sign) {
  float c[N], s[N];
  Load(cosine, c);
  Load(sine, s);
#pragma unroll
  for (int i = 0; i < N; ++i) {
    const float a = low[i], b = high[i];
    low[i] = a * c[i] - sign * b * s[i];
    high[i] = b * c[i] + sign * a * s[i];
  }
}

// A thread has N pairs of one head of one row.
template <class T, int N>
__global__ void Forward(FfRotary a) {
  const int64_t half = a.head_dim / 2, pieces = half / N;
  const int64_t index = int64_t(blockIdx.x) * kThreads + threadIdx.x;
  if (index >= a.rows * a.rotated * pieces) return;
  const int64_t j = index % pieces * N, head = index / pieces % a.rotated;
  const int64_t row = index / (pieces * a.rotated), table = row % a.positions * half + j;
  T* at = static_cast<T*>(a.x) + (row * a.heads + head) * a.head_dim + j;
  float low[N], high[N];
  Load(at, low);
  Load(at + half, high);
  Turn(low, high, a.cosine + table, a.sine + table, 1);
  Store(low, at);
  Store(high, at + half);
}

template <class T, int N>
__global__ void Backward(FfRotaryBackward a) {
  const int64_t half = a.head_dim / 2, pieces = half / N, all = a.heads + 2 * a.kv_heads;
  const int64_t index = int64_t(blockIdx.x) * kThreads + threadIdx.x;
  if (index >= a.batch * a.positions * all * pieces) return;
  const int64_t j = index % pieces * N, head = index / pieces % all;
  const int64_t row = index / (pieces * all), position = row % a.positions;
  const bool is_q = head < a.heads, is_v = head >= a.heads + a.kv_heads;
  const FfHeads& from = is_q ? a.q : is_v ? a.v : a.k;
  const int64_t of = is_q ? head : is_v ? head - a.heads - a.kv_heads : head - a.heads;
  const T* source = static_cast<const T*>(from.data) + row / a.positions * from.batch_stride +
                    position * from.position_stride + of * from.head_stride + j;
  float low[N], high[N];
  Load(source, low);
  Load(source + half, high);
  const int64_t table = position * half + j;
  if (!is_v) Turn(low, high, a.cosine + table, a.sine + table, -1);
  T* out = static_cast<T*>(a.packed) + (row * all + head) * a.head_dim + j;
  Store(low, out);
  Store(high, out + half);
}

unsigned Blocks(int64_t threads) { return unsigned(CeilDiv(threads, kThreads)); }

template <class T>
int LaunchForward(FfStream stream, const FfRotary& a) {
  const int64_t half = a.head_dim / 2, pairs = a.rows * a.rotated * half;
  if (half % 8 == 0) {
    Forward<T, 8><<<Blocks(pairs / 8), kThreads, 0, stream>>>(a);
  } else if (half % 4 == 0) {
    Forward<T, 4><<<Blocks(pairs / 4), kThreads, 0, stream>>>(a);
  } else {
    Forward<T, 1><<<Blocks(pairs), kThreads, 0, stream>>>(a);
  }
  return cudaGetLastError();
}

template <class T>
int LaunchBackward(FfStream stream, const FfRotaryBackward& a) {
  const int64_t half = a.head_dim / 2;
  const int64_t pairs = a.batch * a.positions * (a.heads + 2 * a.kv_heads) * half;
  if (half % 8 == 0) {
    Backward<T, 8><<<Blocks(pairs / 8), kThreads, 0, stream>>>(a);
  } else if (half % 4 == 0) {
    Backward<T, 4><<<Blocks(pairs / 4), kThreads, 0, stream>>>(a);
  } else {
    Backward<T, 1><<<Blocks(pairs), kThreads, 0, stream>>>(a);
  }
  return cudaGetLastError();
}

}  // namespace
}  // namespace ff::kernels

int FfRotaryForward(FfStream stream, FfType type, const FfRotary& args) {
  if (args.rows == 0) return 0;
  return type == kFfBfloat16 ? ff::kernels::LaunchForward<ff::kernels::bf16>(stream, args)
                             : ff::kernels::LaunchForward<float>(stream, args);
}

int FfRotaryBackwardPacked(FfStream stream, FfType type, const FfRotaryBackward& args) {
  if (args.batch == 0) return 0;
  return type == kFfBfloat16 ? ff::kernels::LaunchBackward<ff::kernels::bf16>(stream, args)
                             : ff::kernels::LaunchBackward<float>(stream, args);
}
