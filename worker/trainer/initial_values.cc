#include "worker/trainer/initial_values.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace ff::trainer {

at::Tensor InitialValues(const recipe::ParameterSpec& spec, int64_t seed) {
  at::Generator generator = at::detail::createCPUGenerator(recipe::InitSeed(seed, spec.name));
  at::Tensor values = at::empty(spec.shape, at::kFloat);
  if (spec.init_std == 0) return values.fill_(spec.init_mean);
  return values.normal_(spec.init_mean, spec.init_std, generator);
}

}  // namespace ff::trainer
