// The decoder's forward and backward pass on a GPU, written out: every intermediate has a
// fixed place, every factor of the parametrization is folded into a product or a kernel, and
// there is no autograd, so the pass can be captured in a CUDA graph. Same mathematics as Gpt.
// Works on the current stream. For one thread at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "worker/protocol/plan.h"
#include "worker/recipe/model_scales.h"
#include "worker/trainer/cuda_attention.h"
#include "worker/trainer/cuda_fp8.h"
#include "worker/trainer/cuda_weights.h"

namespace ff::trainer {

// Told as a pass is queued: work queued from then on sees what is final.
class PassEvents {
 public:
  virtual ~PassEvents() = default;
  virtual void LossIsFinal() = 0;
  // Of the tensors whose names begin with `prefix`, and of those behind them in the forward pass.
  virtual void GradientsAreFinal(const std::string& prefix) = 0;
};

class CudaDecoder {
 public:
  // Room for micro-batches of up to `samples` sequences.
  CudaDecoder(const protocol::Plan& plan, CudaWeights& weights, FfType type, int64_t samples,
              at::Device device);

  struct Pass {
    const int32_t* batch = nullptr;  // TokenBatchLayout, on the device
    int64_t samples = 0;
    bool first = true;     // of the step's micro-batches: sums begin anew
    bool backward = true;  // gradients too
    PassEvents* events = nullptr;
  };
  // Adds the losses to *loss_sum (device) and the gradients to the weights' gradients.
  void Run(const Pass& pass, float* loss_sum);

  const char* attention_kernel() const { return attention_->kernel(); }

 private:
  struct Layer {
    std::string name;
    // Norms' results, and those times the gains (the same tensor where there are none).
    at::Tensor normed[2], scaled[2], inverse[2];
    at::Tensor qkv, up_gate, gated;
    CudaAttention::Saved attention;
    const CudaFp8::Weight *qkv8 = nullptr, *up_gate8 = nullptr;  // with FP8 only
  };
  struct Views {
    at::Tensor q, k, v;
  };
  Views Heads(const Layer& layer) const;
  void Norm(const std::string& gain, const recipe::ResidualScales* add, at::Tensor& normed,
            at::Tensor& scaled, at::Tensor& inverse);
  void NormBackward(const std::string& gain, const recipe::ResidualScales& scales, bool first,
                    const Layer& layer, int which);
  // A product of a norm's result, in FP8 where the plan has it, and its two gradients from that
  // of y, which fp8_ holds or g points to.
  void Project(const at::Tensor& x, const std::string& name, const CudaFp8::Weight* narrow,
               double scale, int64_t out, void* y);
  void ProjectBackward(const void* g, const at::Tensor& x, const std::string& name,
                       const CudaFp8::Weight* narrow, const recipe::LinearScales& scales,
                       int64_t out);
  void Forward();
  void AttentionForward(Layer& layer);
  void MlpForward(Layer& layer);
  void Head(float* loss_sum);
  void MlpBackward(Layer& layer, const recipe::ResidualScales& scales);
  void AttentionBackward(Layer& layer, const recipe::ResidualScales& scales);
  void EmbeddingBackward();
  void Final(const std::string& prefix);
  void GradWeight(const void* g, const at::Tensor& x, const std::string& name, double scale,
                  int64_t in, int64_t out);

  const protocol::Plan plan_;
  const protocol::ModelShape& shape_;
  const recipe::ModelScales scales_;
  CudaWeights& weights_;
  const FfType type_;
  const int64_t head_dim_, qkv_width_, vocabulary_rows_;
  int64_t rows_ = 0, chunk_rows_ = 0;
  double keep_ = 0;
  Pass pass_;
  FfStream stream_ = nullptr;
  std::unique_ptr<CudaAttention> attention_;
  std::unique_ptr<CudaFp8> fp8_;  // null: products in `type`
  std::vector<Layer> layers_;
  Layer last_;  // the final norm
  at::Tensor x_, grad_x_, branch_, wide_, logits_, losses_, cosine_, sine_, gain_parts_;
};

}  // namespace ff::trainer
