#include "worker/trainer/initial_values.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "worker/kernels/normal.h"
#include "worker/trainer/vectorized.h"

namespace ff::trainer {
namespace {

constexpr int64_t kGrain = 16384;  // numbers that are worth a thread

// The clones have fused multiply-add in hardware; the bits are the same.
FF_VECTORIZED
void Fill(uint64_t seed, float mean, float sd, int64_t begin, int64_t end, float* out) {
  for (int64_t i = begin; i < end; ++i) {
    out[i] = kernels::Fma(sd, kernels::NormalAt(seed, uint64_t(i)), mean);
  }
}

}  // namespace

at::Tensor InitialValues(const recipe::ParameterSpec& spec, int64_t seed) {
  at::Tensor values = at::empty(spec.shape, at::kFloat);
  if (spec.init_std == 0) return values.fill_(spec.init_mean);
  const uint64_t key = recipe::InitSeed(seed, spec.name);
  float* out = values.mutable_data_ptr<float>();
  at::parallel_for(0, values.numel(), kGrain, [&](int64_t begin, int64_t end) {
    Fill(key, float(spec.init_mean), float(spec.init_std), begin, end, out);
  });
  return values;
}

}  // namespace ff::trainer
