// AdamW with a learning rate and a weight decay for each tensor; the schedule scales the
// rates, so decay follows the schedule too (see recipe::ParameterSpec). Moments are
// float32 on the parameters' device. For one thread at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "worker/recipe/parameter_specs.h"

namespace ff::trainer {

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.99, eps = 1e-8;
};

class Optimizer {
 public:
  Optimizer(const std::vector<at::Tensor>& parameters,
            const std::vector<recipe::ParameterSpec>& specs, const AdamOptions& options);

  // Applies the gradients, then leaves them at zero. `rate_factor`: of every peak rate.
  void Step(double rate_factor);

  // sqrt of the sum of squares of all gradients, on their device.
  at::Tensor GradNorm() const;
  void ScaleGradients(const at::Tensor& factor);

  // Moments in the order of the parameters, for checkpoints.
  const std::vector<at::Tensor>& first_moments() const { return first_; }
  const std::vector<at::Tensor>& second_moments() const { return second_; }
  void set_steps(int64_t steps);  // finished ones; they enter the bias correction

 private:
  std::vector<at::Tensor> Gradients() const;

  std::vector<at::Tensor> parameters_, first_, second_, steps_;
  std::vector<double> rates_, decays_;
  const AdamOptions options_;
};

}  // namespace ff::trainer
