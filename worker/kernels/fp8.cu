// Casts to 8-bit floats, as they are and transposed, in one pass: a block turns a tile of 64
// by 64 round in shared memory. Products of 8-bit floats want both operands with the summed
// dimension innermost, so a gradient's operands are needed both ways.
#include <cuda_fp8.h>

#include "worker/kernels/kernels.h"
#include "worker/kernels/vectors.cuh"

namespace ff::kernels {
namespace {

constexpr int kTile = 64, kThreads = 256;

// Four neighbours, the first in the lowest byte; larger than the format's largest: that one.
template <__nv_fp8_interpretation_t FORMAT>
__device__ uint32_t Pack(float a, float b, float c, float d) {
  const uint32_t low = __nv_cvt_float2_to_fp8x2(make_float2(a, b), __NV_SATFINITE, FORMAT);
  const uint32_t high = __nv_cvt_float2_to_fp8x2(make_float2(c, d), __NV_SATFINITE, FORMAT);
  return low | (high << 16);
}

// A thread has 4 rows by 4 columns of a tile. Rows and columns are multiples of 16, so what
// lies outside lies so as a whole.
struct Patch {
  int64_t row, column;
  bool inside;
};
__device__ Patch MyPatch(int64_t rows, int64_t columns) {
  const int64_t row = int64_t(blockIdx.y) * kTile + threadIdx.x / 16 * 4;
  const int64_t column = int64_t(blockIdx.x) * kTile + threadIdx.x % 16 * 4;
  return {row, column, row < rows && column < columns};
}

// Stores a patch of values in out [rows, stride] and, through `turned`, in transposed [.., rows].
template <__nv_fp8_interpretation_t FORMAT>
__device__ void StorePatch(const float (&v)[4][4], const Patch& at, int64_t first_column,
                           int64_t stride, uint8_t* out, uint32_t (*turned)[kTile / 4 + 1]) {
  if (at.inside && out != nullptr) {
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      *reinterpret_cast<uint32_t*>(out + (at.row + r) * stride + first_column + at.column) =
          Pack<FORMAT>(v[r][0], v[r][1], v[r][2], v[r][3]);
    }
  }
  const int x = threadIdx.x % 16, y = threadIdx.x / 16;
#pragma unroll
  for (int c = 0; c < 4; ++c) {
    turned[4 * x + c][y] = Pack<FORMAT>(v[0][c], v[1][c], v[2][c], v[3][c]);
  }
}

// After a barrier: column c of the tile is row first_column + .. + c of `transposed`.
__device__ void StoreTurned(int64_t rows, int64_t columns, int64_t first_column,
                            const uint32_t (*turned)[kTile / 4 + 1], uint8_t* transposed) {
  const int c = threadIdx.x / 4, part = threadIdx.x % 4 * 4;
  const int64_t column = int64_t(blockIdx.x) * kTile + c;
  const int64_t row = int64_t(blockIdx.y) * kTile + part * 4;
  if (column >= columns || row >= rows) return;
  const uint4 bytes = {turned[c][part], turned[c][part + 1], turned[c][part + 2],
                       turned[c][part + 3]};
  *reinterpret_cast<uint4*>(transposed + (first_column + column) * rows + row) = bytes;
}

template <__nv_fp8_interpretation_t FORMAT>
__global__ void __launch_bounds__(kThreads) Cast(FfFp8Cast a) {
  __shared__ uint32_t turned[kTile][kTile / 4 + 1];
  const Patch at = MyPatch(a.rows, a.columns);
  float v[4][4] = {};
  if (at.inside) {
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      Load(static_cast<const bf16*>(a.x) + (at.row + r) * a.columns + at.column, v[r]);
    }
  }
  StorePatch<FORMAT>(v, at, 0, a.columns, static_cast<uint8_t*>(a.out), turned);
  __syncthreads();
  StoreTurned(a.rows, a.columns, 0, turned, static_cast<uint8_t*>(a.transposed));
}

// As FfGatedSiluBackward, the result in E5M2 both ways; u and g stay.
__global__ void __launch_bounds__(kThreads) GatedSiluBackward(FfGatedSiluFp8 a) {
  __shared__ uint32_t turned_u[kTile][kTile / 4 + 1], turned_g[kTile][kTile / 4 + 1];
  const Patch at = MyPatch(a.rows, a.width);
  float u[4][4] = {}, g[4][4] = {};
  if (at.inside) {
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      const int64_t row = at.row + r;
      const bf16* u_row = static_cast<const bf16*>(a.u_gate) + row * 2 * a.width + at.column;
      float arriving[4];
      Load(u_row, u[r]);
      Load(u_row + a.width, g[r]);
      Load(static_cast<const bf16*>(a.grad_y) + row * a.width + at.column, arriving);
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const float sigmoid = 1 / (1 + __expf(-a.sharpness * g[r][i]));
        const float grad = a.scale * arriving[i];
        const float slope = sigmoid * (1 + a.sharpness * g[r][i] * (1 - sigmoid));
        const float grad_gate = grad * u[r][i] * slope;
        u[r][i] = grad * g[r][i] * sigmoid;
        g[r][i] = grad_gate;
      }
    }
  }
  uint8_t* out = static_cast<uint8_t*>(a.out);
  StorePatch<__NV_E5M2>(u, at, 0, 2 * a.width, out, turned_u);
  StorePatch<__NV_E5M2>(g, at, a.width, 2 * a.width, out, turned_g);
  __syncthreads();
  uint8_t* transposed = static_cast<uint8_t*>(a.transposed);
  StoreTurned(a.rows, a.width, 0, turned_u, transposed);
  StoreTurned(a.rows, a.width, a.width, turned_g, transposed);
}

// As FfRotaryBackwardPacked; a patch lies within one half of one head, since half a head is a
// multiple of 4, and its partner half a head away.
__global__ void __launch_bounds__(kThreads) RotaryBackward(FfRotaryBackward a, uint8_t* out,
                                                           uint8_t* transposed) {
  __shared__ uint32_t turned[kTile][kTile / 4 + 1];
  const int64_t all = a.heads + 2 * a.kv_heads, half = a.head_dim / 2;
  const int64_t rows = a.batch * a.positions, columns = all * a.head_dim;
  const Patch at = MyPatch(rows, columns);
  float v[4][4] = {};
  if (at.inside) {
    const int64_t head = at.column / a.head_dim, j = at.column % a.head_dim;
    const bool is_q = head < a.heads, is_v = head >= a.heads + a.kv_heads, low = j < half;
    const FfHeads& from = is_q ? a.q : is_v ? a.v : a.k;
    const int64_t of = is_q ? head : is_v ? head - a.heads - a.kv_heads : head - a.heads;
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      const int64_t row = at.row + r, position = row % a.positions;
      const bf16* source = static_cast<const bf16*>(from.data) +
                           row / a.positions * from.batch_stride +
                           position * from.position_stride + of * from.head_stride;
      Load(source + j, v[r]);
      if (is_v) continue;
      float other[4], c[4], s[4];
      const int64_t table = position * half + (low ? j : j - half);
      Load(source + (low ? j + half : j - half), other);
      Load(a.cosine + table, c);
      Load(a.sine + table, s);
#pragma unroll
      for (int i = 0; i < 4; ++i) v[r][i] = v[r][i] * c[i] + (low ? other[i] : -other[i]) * s[i];
    }
  }
  StorePatch<__NV_E5M2>(v, at, 0, columns, out, turned);
  __syncthreads();
  StoreTurned(rows, columns, 0, turned, transposed);
}

dim3 Grid(int64_t rows, int64_t columns) {
  return dim3(unsigned(CeilDiv(columns, kTile)), unsigned(CeilDiv(rows, kTile)));
}

}  // namespace
}  // namespace ff::kernels

using namespace ff::kernels;  // NOLINT: the C functions below are this file's purpose

int FfCastFp8(FfStream stream, const FfFp8Cast& args) {
  if (args.rows == 0) return 0;
  const dim3 grid = Grid(args.rows, args.columns);
  if (args.format == kFfE4M3) {
    Cast<__NV_E4M3><<<grid, kThreads, 0, stream>>>(args);
  } else {
    Cast<__NV_E5M2><<<grid, kThreads, 0, stream>>>(args);
  }
  return cudaGetLastError();
}

int FfRotaryBackwardFp8(FfStream stream, const FfRotaryBackward& args, void* transposed) {
  const int64_t rows = args.batch * args.positions;
  const int64_t columns = (args.heads + 2 * args.kv_heads) * args.head_dim;
  if (rows == 0) return 0;
  RotaryBackward<<<Grid(rows, columns), kThreads, 0, stream>>>(
      args, static_cast<uint8_t*>(args.packed), static_cast<uint8_t*>(transposed));
  return cudaGetLastError();
}

int FfGatedSiluBackwardFp8(FfStream stream, const FfGatedSiluFp8& args) {
  if (args.rows == 0) return 0;
  GatedSiluBackward<<<Grid(args.rows, args.width), kThreads, 0, stream>>>(args);
  return cudaGetLastError();
}
