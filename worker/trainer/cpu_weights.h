// All weights of a model on the CPU in float32, with gradients and Adam's moments, and the
// optimizer step over them. For one thread at a time; work is dealt out over LibTorch's.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "worker/protocol/plan.h"
#include "worker/recipe/parameter_specs.h"
#include "worker/trainer/rank_group.h"

namespace ff::trainer {

class CpuWeights {
 public:
  explicit CpuWeights(const protocol::Plan& plan);  // initial values as in Gpt

  struct Pointers {
    const float* value = nullptr;
    float* gradient = nullptr;
  };
  Pointers Find(const std::string& name) const;  // nulls where the plan has no such tensor

  // Optimizer step `step` (from 0) with `rate_factor` of the peak rates and `clip` times the
  // gradients.
  void Step(int64_t step, double rate_factor, double clip);
  double GradNorm() const;
  void SumGradients(RankGroup& group);  // over the ranks

  std::vector<std::pair<std::string, at::Tensor>> NamedTensors() const;  // as Engine's

 private:
  const protocol::Plan plan_;
  const std::vector<recipe::ParameterSpec> specs_;
  std::vector<at::Tensor> values_, gradients_, first_, second_;
  at::Tensor all_gradients_;  // those of gradients_, one after another
  std::map<std::string, size_t> index_;
};

}  // namespace ff::trainer
