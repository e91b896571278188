// The decoder's forward and backward pass on the CPU, written out: every intermediate has a
// fixed place that is taken once, every factor of the parametrization is folded into a
// product or a kernel, and there is neither autograd nor dispatcher nor allocation in a pass.
// Same mathematics as Gpt, in float32. For one thread at a time; rows are dealt out over
// LibTorch's threads, and what sums over rows is dealt out by results instead.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "worker/protocol/plan.h"
#include "worker/recipe/model_scales.h"
#include "worker/trainer/cpu_attention.h"
#include "worker/trainer/cpu_weights.h"

namespace ff::trainer {

class CpuDecoder {
 public:
  // Room for micro-batches of up to `samples` sequences.
  CpuDecoder(const protocol::Plan& plan, const CpuWeights& weights, int64_t samples);

  struct Pass {
    const std::vector<int64_t>& tokens;  // samples of seq_len + 1, one after another
    bool first = true;                   // of the step's micro-batches: gradients begin anew
    bool backward = true;
  };
  // The sum of the losses; adds the gradients to the weights' gradients.
  double Run(const Pass& pass);

 private:
  // Uninitialized floats, aligned for vectors.
  struct Buffer {
    at::Tensor tensor;
    void Resize(int64_t count);
    float* get() const { return tensor.mutable_data_ptr<float>(); }
  };
  struct NormPlace {
    CpuWeights::Pointers gain;
    Buffer normed, scaled_buffer, inverse;
    const float* scaled() const {
      return gain.value == nullptr ? normed.get() : scaled_buffer.get();
    }
  };
  struct Layer {
    NormPlace attention_norm, mlp_norm;
    CpuWeights::Pointers qkv_weight, out_weight, up_gate_weight, down_weight;
    Buffer qkv, log_sums, attention, up_gate, gated;
  };
  void TakeTokens(const std::vector<int64_t>& tokens);
  void Norm(const NormPlace& place, const recipe::ResidualScales* add);
  void NormBackward(const NormPlace& place, const recipe::ResidualScales& scales, bool fresh);
  void Rotate(float* qkv, float sign) const;
  void Forward();
  void AttentionForward(Layer& layer);
  void MlpForward(Layer& layer);
  double Head();
  void MlpBackward(Layer& layer, const recipe::ResidualScales& scales);
  void AttentionBackward(Layer& layer, const recipe::ResidualScales& scales);
  void EmbeddingBackward();

  const protocol::ModelShape shape_;
  const recipe::ModelScales scales_;
  const bool narrow_;  // products of weights in bfloat16
  const int64_t head_dim_, qkv_width_;
  int64_t rows_ = 0, chunk_rows_ = 0;
  float keep_ = 0;
  bool backward_ = true;
  CpuWeights::Pointers embedding_, readout_;
  std::unique_ptr<cpu::Attention> attention_;
  std::vector<Layer> layers_;
  NormPlace last_;
  Buffer x_, grad_x_, branch_, wide_, grad_qkv_, logits_, losses_, cosine_, sine_;
  std::vector<int64_t> ids_, targets_;
};

}  // namespace ff::trainer
