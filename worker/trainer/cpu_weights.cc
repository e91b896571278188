#include "worker/trainer/cpu_weights.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

#include "worker/trainer/cpu_fused.h"
#include "worker/trainer/initial_values.h"

namespace ff::trainer {
namespace {

constexpr int64_t kGrain = 16384;  // weights that are worth a thread
constexpr int64_t kLine = 16;      // floats: tensors begin at a cache line

int64_t Padded(int64_t count) { return (count + kLine - 1) / kLine * kLine; }

}  // namespace

CpuWeights::CpuWeights(const protocol::Plan& plan)
    : plan_(plan), specs_(recipe::ParameterSpecs(plan)) {
  int64_t count = 0;
  for (const recipe::ParameterSpec& spec : specs_) {
    index_[spec.name] = values_.size();
    values_.push_back(InitialValues(spec, plan.seed));
    for (auto* tensors : {&first_, &second_}) tensors->push_back(at::zeros_like(values_.back()));
    count += Padded(values_.back().numel());
  }
  all_gradients_ = at::zeros({count}, at::kFloat);
  int64_t begin = 0;
  for (const at::Tensor& value : values_) {
    gradients_.push_back(all_gradients_.narrow(0, begin, value.numel()).view(value.sizes()));
    begin += Padded(value.numel());
  }
}

CpuWeights::Pointers CpuWeights::Find(const std::string& name) const {
  const auto found = index_.find(name);
  if (found == index_.end()) return {};
  return {values_[found->second].const_data_ptr<float>(),
          gradients_[found->second].mutable_data_ptr<float>()};
}

void CpuWeights::Step(int64_t step, double rate_factor, double clip) {
  const double t = static_cast<double>(step + 1);
  cpu::AdamStep adam{};
  adam.beta1 = float(plan_.adam_beta1), adam.beta2 = float(plan_.adam_beta2);
  adam.eps = float(plan_.adam_eps), adam.clip = float(clip);
  adam.inverse_bias1 = float(1 / (1 - std::pow(plan_.adam_beta1, t)));
  adam.inverse_root_bias2 = float(1 / std::sqrt(1 - std::pow(plan_.adam_beta2, t)));
  for (size_t i = 0; i < specs_.size(); ++i) {
    adam.rate = float(specs_[i].learning_rate * rate_factor);
    adam.decay = float(specs_[i].weight_decay);
    float *w = values_[i].mutable_data_ptr<float>(), *m = first_[i].mutable_data_ptr<float>();
    float* v = second_[i].mutable_data_ptr<float>();
    const float* g = gradients_[i].const_data_ptr<float>();
    at::parallel_for(0, values_[i].numel(), kGrain, [&](int64_t begin, int64_t end) {
      cpu::AdamW(adam, end - begin, w + begin, g + begin, m + begin, v + begin);
    });
  }
}

// One thread: the order of additions is that of the weights.
double CpuWeights::GradNorm() const {
  double sum = 0;
  for (const at::Tensor& gradient : gradients_) {
    sum += cpu::SumOfSquares(gradient.const_data_ptr<float>(), gradient.numel());
  }
  return std::sqrt(sum);
}

void CpuWeights::SumGradients(RankGroup& group) {
  group.BeginSum(all_gradients_);
  group.FinishSums();
}

std::vector<std::pair<std::string, at::Tensor>> CpuWeights::NamedTensors() const {
  std::vector<std::pair<std::string, at::Tensor>> named;
  for (size_t i = 0; i < specs_.size(); ++i) {
    named.emplace_back(specs_[i].name, values_[i]);
    named.emplace_back("adam.m." + specs_[i].name, first_[i]);
    named.emplace_back("adam.v." + specs_[i].name, second_[i]);
  }
  return named;
}

}  // namespace ff::trainer
