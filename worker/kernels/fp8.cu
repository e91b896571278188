// Casts to 8-bit floats, as they are and transposed, in one pass.
#include "worker/kernels/fp8_tiles.cuh"
#include "worker/kernels/kernels.h"
#include "worker/kernels/vectors.cuh"

namespace ff::kernels {
namespace {

template <__nv_fp8_interpretation_t FORMAT, class T>
__global__ void __launch_bounds__(kTileThreads) Cast(FfFp8Cast a) {
  __shared__ Turned turned;
  const Patch at = MyPatch(a.rows, a.columns);
  float v[4][4] = {};
  if (at.inside) {
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      Load(static_cast<const T*>(a.x) + (at.row + r) * a.columns + at.column, v[r]);
    }
  }
  StorePatch<FORMAT>(v, at, 0, a.columns, static_cast<uint8_t*>(a.out), turned);
  __syncthreads();
  StoreTurned(a.rows, a.columns, 0, turned, static_cast<uint8_t*>(a.transposed));
}

// As FfGatedSiluBackward, the result in E5M2 both ways; u and g stay.
__global__ void __launch_bounds__(kTileThreads) GatedSiluBackward(FfGatedSiluFp8 a) {
  __shared__ Turned turned_u, turned_g;
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
__global__ void __launch_bounds__(kTileThreads)
    RotaryBackward(FfRotaryBackward a, uint8_t* out, uint8_t* transposed) {
  __shared__ Turned turned;
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
                           row / a.positions * from.batch_stride + position * from.position_stride +
                           of * from.head_stride;
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

}  // namespace
}  // namespace ff::kernels

using namespace ff::kernels;  // NOLINT: the C functions below are this file's purpose

int FfCastFp8(FfStream stream, const FfFp8Cast& args) {
  if (args.rows == 0) return 0;
  const dim3 grid = TileGrid(args.rows, args.columns);
  const bool wide = args.type == kFfFloat32;
  const auto e4m3 = wide ? Cast<__NV_E4M3, float> : Cast<__NV_E4M3, bf16>;
  const auto e5m2 = wide ? Cast<__NV_E5M2, float> : Cast<__NV_E5M2, bf16>;
  const auto cast = args.format == kFfE4M3 ? e4m3 : e5m2;
  cast<<<grid, kTileThreads, 0, stream>>>(args);
  return cudaGetLastError();
}

int FfRotaryBackwardFp8(FfStream stream, const FfRotaryBackward& args, void* transposed) {
  const int64_t rows = args.batch * args.positions;
  const int64_t columns = (args.heads + 2 * args.kv_heads) * args.head_dim;
  if (rows == 0) return 0;
  RotaryBackward<<<TileGrid(rows, columns), kTileThreads, 0, stream>>>(
      args, static_cast<uint8_t*>(args.packed), static_cast<uint8_t*>(transposed));
  return cudaGetLastError();
}

int FfGatedSiluBackwardFp8(FfStream stream, const FfGatedSiluFp8& args) {
  if (args.rows == 0) return 0;
  GatedSiluBackward<<<TileGrid(args.rows, args.width), kTileThreads, 0, stream>>>(args);
  return cudaGetLastError();
}
