#include "worker/trainer/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace ff::trainer {

using at::Tensor;

Optimizer::Optimizer(const std::vector<Tensor>& parameters,
                     const std::vector<recipe::ParameterSpec>& specs, const AdamOptions& options)
    : parameters_(parameters), options_(options) {
  at::NoGradGuard no_grad;
  for (size_t i = 0; i < parameters.size(); ++i) {
    first_.push_back(at::zeros_like(parameters[i]));
    second_.push_back(at::zeros_like(parameters[i]));
    steps_.push_back(at::zeros({}, parameters[i].options().requires_grad(false)));
    rates_.push_back(specs[i].learning_rate);
    decays_.push_back(specs[i].weight_decay);
    parameters_[i].mutable_grad() = at::zeros_like(parameters[i]);
  }
}

std::vector<Tensor> Optimizer::Gradients() const {
  std::vector<Tensor> gradients;
  for (const Tensor& parameter : parameters_) gradients.push_back(parameter.grad());
  return gradients;
}

void Optimizer::Step(double rate_factor) {
  at::NoGradGuard no_grad;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    steps_[i].add_(1);
    at::_fused_adamw_({parameters_[i]}, {parameters_[i].grad()}, {first_[i]}, {second_[i]}, {},
                      {steps_[i]}, rates_[i] * rate_factor, options_.beta1, options_.beta2,
                      decays_[i], options_.eps, /*amsgrad=*/false, /*maximize=*/false);
    parameters_[i].mutable_grad().zero_();
  }
}

Tensor Optimizer::GradNorm() const {
  at::NoGradGuard no_grad;
  return at::stack(at::_foreach_norm(Gradients())).norm();
}

void Optimizer::ScaleGradients(const Tensor& factor) {
  at::NoGradGuard no_grad;
  std::vector<Tensor> gradients = Gradients();
  at::_foreach_mul_(gradients, factor);
}

void Optimizer::set_steps(int64_t steps) {
  for (Tensor& tensor : steps_) tensor.fill_(steps);
}

}  // namespace ff::trainer
