// Rows of the embedding table, and the table's gradient.
#include "worker/kernels/kernels.h"
#include "worker/kernels/vectors.cuh"

namespace ff::kernels {
namespace {

constexpr int kThreads = 256, kSlice = 256;  // a warp moves 32 lanes * 8 values of a row

template <class T>
__global__ void Forward(const int32_t* ids, const T* table, int64_t count, int64_t width, T* x) {
  const int64_t index = (int64_t(blockIdx.x) * kThreads + threadIdx.x) * 8;
  if (index >= count) return;
  const int64_t row = index / width, column = index % width;
  const Vector<T, 8> values =
      *reinterpret_cast<const Vector<T, 8>*>(table + int64_t(ids[row]) * width + column);
  *reinterpret_cast<Vector<T, 8>*>(x + index) = values;
}

// WARPS warps share a segment; each adds every WARPS-th of its tokens, then the first adds up
// what the warps have, in their order.
template <class T, class G, int WARPS>
__global__ void Backward(FfEmbeddingBackward a) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int64_t slices = (a.width + kSlice - 1) / kSlice;
  const int64_t heavy = a.counts[1];
  const int64_t first = WARPS == 1 ? heavy : 0, last = WARPS == 1 ? a.counts[0] : heavy;
  const int64_t per_block = WARPS == 1 ? blockDim.x / 32 : 1;
  const int64_t mine = WARPS == 1 ? blockIdx.x * per_block + warp : blockIdx.x;
  for (int64_t item = mine; item < (last - first) * slices; item += gridDim.x * per_block) {
    const int64_t segment = first + item / slices;
    const int64_t column = item % slices * kSlice + lane * 8;
    const bool inside = column < a.width;
    float sum[8] = {};
    if (inside) {
      const int32_t end = a.begin[segment + 1];
#pragma unroll 4
      for (int32_t i = a.begin[segment] + (WARPS == 1 ? 0 : warp); i < end; i += WARPS) {
        float x[8];
        Load(static_cast<const T*>(a.grad_x) + int64_t(a.order[i]) * a.width + column, x);
#pragma unroll
        for (int k = 0; k < 8; ++k) sum[k] += x[k];
      }
    }
    if constexpr (WARPS > 1) {
      __shared__ float sums[WARPS][32][9];
      __syncthreads();
      for (int k = 0; k < 8; ++k) sums[warp][lane][k] = sum[k];
      __syncthreads();
      if (warp != 0) continue;
      for (int w = 1; w < WARPS; ++w) {
        for (int k = 0; k < 8; ++k) sum[k] += sums[w][lane][k];
      }
    }
    if (!inside) continue;
    G* out = static_cast<G*>(a.grad_table) + int64_t(a.segment_ids[segment]) * a.width + column;
    float kept[8] = {};
    if (a.keep != 0) Load(out, kept);
    for (int k = 0; k < 8; ++k) sum[k] = a.keep * kept[k] + a.scale * sum[k];
    Store(sum, out);
  }
}

template <class T, class G>
int Launch(FfStream stream, const FfEmbeddingBackward& a) {
  const int64_t items = a.max_segments * CeilDiv(a.width, kSlice);
  constexpr int64_t kResident = 132 * 16;  // more blocks than this run one after another
  Backward<T, G, 16><<<unsigned(items < kResident ? items : kResident), 512, 0, stream>>>(a);
  const int64_t light = CeilDiv(items, 8);
  Backward<T, G, 1><<<unsigned(light < kResident ? light : kResident), 256, 0, stream>>>(a);
  return cudaGetLastError();
}

}  // namespace
}  // namespace ff::kernels

using ff::kernels::bf16;

int FfEmbeddingForward(FfStream stream, FfType type, const int32_t* ids, const void* table,
                       int64_t rows, int64_t width, void* x) {
  if (rows == 0) return 0;
  const int64_t n = rows * width;
  const auto blocks = unsigned(ff::kernels::CeilDiv(n / 8, ff::kernels::kThreads));
  if (type == kFfBfloat16) {
    ff::kernels::Forward<bf16><<<blocks, ff::kernels::kThreads, 0, stream>>>(
        ids, static_cast<const bf16*>(table), n, width, static_cast<bf16*>(x));
  } else {
    ff::kernels::Forward<float><<<blocks, ff::kernels::kThreads, 0, stream>>>(
        ids, static_cast<const float*>(table), n, width, static_cast<float*>(x));
  }
  return cudaGetLastError();
}

int FfEmbeddingBackwardSorted(FfStream stream, FfType type, const FfEmbeddingBackward& args) {
  if (args.max_segments == 0) return 0;
  if (type == kFfFloat32) return ff::kernels::Launch<float, float>(stream, args);
  return args.grad_type == kFfBfloat16 ? ff::kernels::Launch<bf16, bf16>(stream, args)
                                       : ff::kernels::Launch<bf16, float>(stream, args);
}
