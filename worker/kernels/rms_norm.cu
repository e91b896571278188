// Residual add and RMSNorm. A row of up to 1024 values belongs to a warp, a longer one to a
// block; either way it stays in registers between the sum and the result.
#include <cuda_fp8.h>

#include "worker/kernels/kernels.h"
#include "worker/kernels/vectors.cuh"

namespace ff::kernels {
namespace {

constexpr int kWarpsPerBlock = 4;

// Row of this thread's group and its lane within it; THREADS is 32 or the whole block.
template <int THREADS>
__device__ int64_t GroupRow() {
  return THREADS == 32 ? int64_t(blockIdx.x) * kWarpsPerBlock + threadIdx.x / 32 : blockIdx.x;
}

__device__ void StoreE4M3(const float (&x)[8], uint8_t* to) {
  uint16_t pairs[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    pairs[i] = __nv_cvt_float2_to_fp8x2(make_float2(x[2 * i], x[2 * i + 1]), __NV_SATFINITE,
                                        __NV_E4M3);
  }
  *reinterpret_cast<uint2*>(to) = {uint32_t(pairs[0]) | uint32_t(pairs[1]) << 16,
                                   uint32_t(pairs[2]) | uint32_t(pairs[3]) << 16};
}

template <class T, int THREADS, int VECTORS>
__global__ void NormForward(FfNormForward a) {
  const int64_t row = GroupRow<THREADS>();
  if (row >= a.rows) return;
  const int lane = threadIdx.x % THREADS, width = int(a.width);
  T* x_row = static_cast<T*>(a.x) + row * width;
  const T* branch_row = static_cast<const T*>(a.branch) + row * width;
  float x[VECTORS][8], squares = 0;
#pragma unroll
  for (int v = 0; v < VECTORS; ++v) {
    const int column = (v * THREADS + lane) * 8;
    if (column >= width) continue;
    Load(x_row + column, x[v]);
    if (a.branch != nullptr) {
      float branch[8];
      Load(branch_row + column, branch);
#pragma unroll
      for (int i = 0; i < 8; ++i) {
        // Rounded as it is stored: the norm is that of the stream that later blocks read.
        x[v][i] = ToFloat(FromFloat<T>(a.branch_scale * branch[i] + a.skip_scale * x[v][i]));
      }
      Store(x[v], x_row + column);
    }
#pragma unroll
    for (int i = 0; i < 8; ++i) squares += x[v][i] * x[v][i];
  }
  const float inverse = rsqrtf(GroupSum<THREADS>(squares) / float(width) + a.eps);
  if (lane == 0) a.inverse[row] = inverse;
#pragma unroll
  for (int v = 0; v < VECTORS; ++v) {
    const int column = (v * THREADS + lane) * 8;
    if (column >= width) continue;
#pragma unroll
    for (int i = 0; i < 8; ++i) x[v][i] *= inverse;
    Store(x[v], static_cast<T*>(a.normed) + row * width + column);
    if (a.gain != nullptr) {
      float gain[8];
      Load(a.gain + column, gain);
#pragma unroll
      for (int i = 0; i < 8; ++i) x[v][i] *= gain[i];
      Store(x[v], static_cast<T*>(a.scaled) + row * width + column);
    }
    if (a.narrow != nullptr) {
      StoreE4M3(x[v], static_cast<uint8_t*>(a.narrow) + row * width + column);
    }
  }
}

template <class T, int THREADS, int VECTORS>
__global__ void NormBackward(FfNormBackward a) {
  const int64_t row = GroupRow<THREADS>();
  if (row >= a.rows) return;
  const int lane = threadIdx.x % THREADS, width = int(a.width);
  const T* grad_row = static_cast<const T*>(a.grad_scaled) + row * width;
  const T* normed_row = static_cast<const T*>(a.normed) + row * width;
  T* out_row = static_cast<T*>(a.grad_x) + row * width;
  float h[VECTORS][8], n[VECTORS][8], along = 0;
#pragma unroll
  for (int v = 0; v < VECTORS; ++v) {
    const int column = (v * THREADS + lane) * 8;
    if (column >= width) continue;
    Load(grad_row + column, h[v]);
    Load(normed_row + column, n[v]);
    if (a.gain != nullptr) {
      float gain[8];
      Load(a.gain + column, gain);
#pragma unroll
      for (int i = 0; i < 8; ++i) h[v][i] *= gain[i];
    }
#pragma unroll
    for (int i = 0; i < 8; ++i) along += h[v][i] * n[v][i];
  }
  along = GroupSum<THREADS>(along) / float(width);
  const float factor = a.branch_scale * a.inverse[row];
#pragma unroll
  for (int v = 0; v < VECTORS; ++v) {
    const int column = (v * THREADS + lane) * 8;
    if (column >= width) continue;
    float out[8] = {};
    if (!a.first) Load(out_row + column, out);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const float through = factor * (h[v][i] - n[v][i] * along);
      out[i] = a.first ? through : a.skip_scale * out[i] + through;
    }
    Store(out, out_row + column);
  }
}

template <class T, class Args, class Launch>
int Dispatch(const Args& args, const Launch& launch) {
  const int64_t vectors = CeilDiv(args.width, 8);
  if (vectors <= 32) return launch.template operator()<T, 32, 1>(args);
  if (vectors <= 64) return launch.template operator()<T, 32, 2>(args);
  if (vectors <= 128) return launch.template operator()<T, 32, 4>(args);
  if (vectors <= 256) return launch.template operator()<T, 128, 2>(args);
  if (vectors <= 512) return launch.template operator()<T, 256, 2>(args);
  return launch.template operator()<T, 256, 4>(args);
}

template <int THREADS>
dim3 Grid(int64_t rows) {
  return dim3(unsigned(THREADS == 32 ? CeilDiv(rows, kWarpsPerBlock) : rows));
}
template <int THREADS>
constexpr int kBlock = THREADS == 32 ? 32 * kWarpsPerBlock : THREADS;

struct LaunchForward {
  FfStream stream;
  template <class T, int THREADS, int VECTORS>
  int operator()(const FfNormForward& a) const {
    NormForward<T, THREADS, VECTORS><<<Grid<THREADS>(a.rows), kBlock<THREADS>, 0, stream>>>(a);
    return cudaGetLastError();
  }
};
struct LaunchBackward {
  FfStream stream;
  template <class T, int THREADS, int VECTORS>
  int operator()(const FfNormBackward& a) const {
    NormBackward<T, THREADS, VECTORS><<<Grid<THREADS>(a.rows), kBlock<THREADS>, 0, stream>>>(a);
    return cudaGetLastError();
  }
};

// Column sums of one of kFfGainParts stripes of rows; a thread has a column.
template <class T>
__global__ void GainParts(FfGainBackward a) {
  const int64_t column = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (column >= a.width) return;
  const int64_t begin = a.rows * blockIdx.y / kFfGainParts;
  const int64_t end = a.rows * (blockIdx.y + 1) / kFfGainParts;
  float sum = 0;
  for (int64_t row = begin; row < end; ++row) {
    sum += ToFloat(static_cast<const T*>(a.grad_scaled)[row * a.width + column]) *
           ToFloat(static_cast<const T*>(a.normed)[row * a.width + column]);
  }
  a.partial[blockIdx.y * a.width + column] = sum;
}

template <class G>
__global__ void GainTotal(FfGainBackward a) {
  const int64_t column = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (column >= a.width) return;
  float sum = 0;
  for (int part = 0; part < kFfGainParts; ++part) sum += a.partial[part * a.width + column];
  G* out = static_cast<G*>(a.grad_gain) + column;
  const float kept = a.keep == 0 ? 0 : a.keep * ToFloat(*out);
  *out = FromFloat<G>(kept + a.scale * sum);
}

}  // namespace
}  // namespace ff::kernels

using namespace ff::kernels;  // NOLINT: the C functions below are this file's purpose

int FfResidualRmsNormForward(FfStream stream, FfType type, const FfNormForward& args) {
  if (args.rows == 0) return 0;
  const LaunchForward launch{stream};
  return type == kFfBfloat16 ? Dispatch<bf16>(args, launch) : Dispatch<float>(args, launch);
}

int FfResidualRmsNormBackward(FfStream stream, FfType type, const FfNormBackward& args) {
  if (args.rows == 0) return 0;
  const LaunchBackward launch{stream};
  return type == kFfBfloat16 ? Dispatch<bf16>(args, launch) : Dispatch<float>(args, launch);
}

int FfNormGainBackward(FfStream stream, FfType type, const FfGainBackward& args) {
  const dim3 grid(unsigned(CeilDiv(args.width, 64)), kFfGainParts);
  if (type == kFfBfloat16) {
    GainParts<bf16><<<grid, 64, 0, stream>>>(args);
  } else {
    GainParts<float><<<grid, 64, 0, stream>>>(args);
  }
  if (args.grad_type == kFfBfloat16) {
    GainTotal<bf16><<<grid.x, 64, 0, stream>>>(args);
  } else {
    GainTotal<float><<<grid.x, 64, 0, stream>>>(args);
  }
  return cudaGetLastError();
}
