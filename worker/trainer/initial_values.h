// Initial values of a tensor, the same on every device: drawn on the host.
// Thread-safe.
#pragma once

#include <ATen/core/Tensor.h>

#include "worker/recipe/parameter_specs.h"

namespace ff::trainer {

// N(init_mean, init_std^2) from a generator seeded by plan and name; float32.
at::Tensor InitialValues(const recipe::ParameterSpec& spec, int64_t seed);

}  // namespace ff::trainer
