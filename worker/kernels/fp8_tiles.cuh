// Values to 8-bit floats, as they are and transposed, in one pass: a block of kTileThreads turns
// a tile of 64 by 64 round in shared memory. Products of 8-bit floats want both operands with
// the summed dimension innermost, so a gradient's operands are needed both ways. Device code
// only; included by the kernels of this room.
#pragma once

#include <cuda_fp8.h>

#include "worker/kernels/vectors.cuh"

namespace ff::kernels {

constexpr int kTile = 64, kTileThreads = 256;
// A tile's columns, four rows to a word; a word of padding a column spares bank conflicts.
using Turned = uint32_t[kTile][kTile / 4 + 1];

// Four neighbours, the first in the lowest byte; larger than the format's largest: that one.
template <__nv_fp8_interpretation_t FORMAT>
__device__ inline uint32_t Pack(float a, float b, float c, float d) {
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
__device__ inline Patch MyPatch(int64_t rows, int64_t columns) {
  const int64_t row = int64_t(blockIdx.y) * kTile + threadIdx.x / 16 * 4;
  const int64_t column = int64_t(blockIdx.x) * kTile + threadIdx.x % 16 * 4;
  return {row, column, row < rows && column < columns};
}

// Stores a patch of values in out [rows, stride] and, through `turned`, in transposed [.., rows].
template <__nv_fp8_interpretation_t FORMAT>
__device__ inline void StorePatch(const float (&v)[4][4], const Patch& at, int64_t first_column,
                                  int64_t stride, uint8_t* out, Turned& turned) {
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
__device__ inline void StoreTurned(int64_t rows, int64_t columns, int64_t first_column,
                                   const Turned& turned, uint8_t* transposed) {
  const int c = threadIdx.x / 4, part = threadIdx.x % 4 * 4;
  const int64_t column = int64_t(blockIdx.x) * kTile + c;
  const int64_t row = int64_t(blockIdx.y) * kTile + part * 4;
  if (column >= columns || row >= rows) return;
  const uint4 bytes = {turned[c][part], turned[c][part + 1], turned[c][part + 2],
                       turned[c][part + 3]};
  *reinterpret_cast<uint4*>(transposed + (first_column + column) * rows + row) = bytes;
}

inline dim3 TileGrid(int64_t rows, int64_t columns) {
  return dim3(unsigned(CeilDiv(columns, kTile)), unsigned(CeilDiv(rows, kTile)));
}

}  // namespace ff::kernels
