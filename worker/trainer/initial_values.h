// Initial values of a tensor, the same on every device: each is a function of plan, name and
// place alone (worker/kernels/normal.h), so a GPU draws its own. Thread-safe.
#pragma once

#include <ATen/core/Tensor.h>

#include "worker/recipe/parameter_specs.h"

namespace ff::trainer {

// N(init_mean, init_std^2), seeded by plan and name; float32, on the CPU.
at::Tensor InitialValues(const recipe::ParameterSpec& spec, int64_t seed);

}  // namespace ff::trainer
