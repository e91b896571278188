// The decoder-only transformer that is trained: embedding, blocks of RMSNorm, causal
// attention with rotary positions, RMSNorm and SwiGLU, final RMSNorm, readout. No biases.
// It takes its tensors from recipe::ParameterSpecs and its constants from
// recipe::ModelScales and knows no parametrization. For one thread at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "worker/protocol/plan.h"
#include "worker/recipe/dropout.h"
#include "worker/recipe/model_scales.h"
#include "worker/recipe/parameter_specs.h"

namespace ff::trainer {

using recipe::kNormEps;
inline constexpr double kRopeBase = 10000;

// cos and sin of the angle of pair j at position t, t / 10000^(2j / head_dim): float32
// [positions, head_dim / 2] on the host.
std::tuple<at::Tensor, at::Tensor> RotaryTables(int64_t positions, int64_t head_dim);

struct GptOptions {
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;  // of activations; parameters are always float32
  bool rotary_positions = true;
};

class Gpt {
 public:
  // Sees each activation by name ("layers.0.attn"), for tests of scale.
  using Observer = std::function<void(const std::string& name, const at::Tensor& activation)>;

  // Tensors are N(init_mean, init_std^2), each from its own generator seeded by plan and name.
  Gpt(const protocol::ModelShape& shape, const recipe::ModelScales& scales,
      const std::vector<recipe::ParameterSpec>& specs, int64_t seed, const GptOptions& options);

  // ids [B, T] int64, T <= shape.seq_len -> logits [B * T, V] float32. `place`: in training, where
  // the scales ask for dropout; null drops nothing.
  at::Tensor Logits(const at::Tensor& ids, const recipe::DropoutPlace* place = nullptr) const;

  // Sum over positions of the loss in nats; its backward() leaves gradients in parameters().
  at::Tensor LossSum(const at::Tensor& logits, const at::Tensor& targets) const;

  const std::vector<at::Tensor>& parameters() const { return parameters_; }  // as the specs
  int64_t CountParameters() const;
  void set_observer(Observer observer) { observer_ = std::move(observer); }

 private:
  struct Block {
    at::Tensor attention_norm, qkv, out, mlp_norm, up_gate, down;  // norms: undefined, no gain
  };
  at::Tensor AttentionBranch(const at::Tensor& x, const Block& block,
                             const std::string& name) const;
  at::Tensor MlpBranch(const at::Tensor& x, const Block& block, const std::string& name) const;
  at::Tensor Dropped(const at::Tensor& result, int64_t branch,
                     const recipe::DropoutPlace* place) const;
  void Observe(const std::string& name, const at::Tensor& activation) const;

  const protocol::ModelShape shape_;
  const recipe::ModelScales scales_;
  const GptOptions options_;
  std::vector<at::Tensor> parameters_;
  at::Tensor embedding_, final_norm_, readout_, cosine_, sine_;
  std::vector<Block> blocks_;
  Observer observer_;
};

}  // namespace ff::trainer
