// Normal numbers by index; see normal.h.
#include "worker/kernels/normal.h"

#include "worker/kernels/kernels.h"
#include "worker/kernels/vectors.cuh"

namespace ff::kernels {
namespace {

__global__ void Fill(uint64_t seed, float mean, float sd, int64_t count, float* out) {
  const int64_t step = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step) {
    out[i] = Fma(sd, NormalAt(seed, uint64_t(i)), mean);
  }
}

}  // namespace
}  // namespace ff::kernels

int FfFillNormal(FfStream stream, uint64_t seed, float mean, float sd, int64_t count, float* out) {
  if (count == 0) return 0;
  const int64_t blocks = ff::kernels::CeilDiv(count, 256);
  ff::kernels::Fill<<<unsigned(blocks < 4096 ? blocks : 4096), 256, 0, stream>>>(seed, mean, sd,
                                                                                 count, out);
  return cudaGetLastError();
}
