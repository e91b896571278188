#include "worker/trainer/cuda_decoder.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>

#include "worker/trainer/cuda_check.h"
#include "worker/trainer/cuda_gemm.h"
#include "worker/trainer/gpt.h"
#include "worker/trainer/token_batch.h"

namespace ff::trainer {
namespace {

using at::Tensor;

// Logits of as many rows as fit here are held at a time.
constexpr int64_t kLogitsBytes = int64_t{1} << 30;

constexpr char kEmbedding[] = "embedding.weight";

float F(double x) { return static_cast<float>(x); }

}  // namespace

CudaDecoder::CudaDecoder(const protocol::Plan& plan, CudaWeights& weights, FfType type,
                         int64_t samples, at::Device device)
    : plan_(plan),
      shape_(plan_.shape),
      scales_(recipe::ScalesFor(plan)),
      weights_(weights),
      type_(type),
      head_dim_(shape_.d_model / shape_.heads),
      qkv_width_((shape_.heads + 2 * shape_.kv_heads) * head_dim_),
      vocabulary_rows_(PaddedRows(shape_.vocab_size)),
      layers_(shape_.layers) {
  const at::ScalarType dtype = type == kFfBfloat16 ? at::kBFloat16 : at::kFloat;
  const at::TensorOptions wide = at::TensorOptions(device).dtype(at::kFloat);
  const at::TensorOptions narrow = wide.dtype(dtype);
  const int64_t rows = samples * shape_.seq_len, d = shape_.d_model, f = shape_.d_ff;
  const auto make_norm = [&](Layer& layer, int which) {
    layer.normed[which] = at::empty({rows, d}, narrow);
    layer.scaled[which] = shape_.norm_gains ? at::empty({rows, d}, narrow) : layer.normed[which];
    layer.inverse[which] = at::empty({rows}, wide);
  };
  for (int64_t i = 0; i < shape_.layers; ++i) {
    Layer& layer = layers_[i];
    layer.name = "layers." + std::to_string(i) + ".";
    make_norm(layer, 0), make_norm(layer, 1);
    layer.qkv = at::empty({rows, qkv_width_}, narrow);
    layer.up_gate = at::empty({rows, 2 * f}, narrow);
    layer.gated = at::empty({rows, f}, narrow);
  }
  if (plan.dtype == "fp8") {
    fp8_ = std::make_unique<CudaFp8>(rows, d, std::max(2 * f, qkv_width_), device);
    for (Layer& layer : layers_) {
      layer.qkv8 = weights_.Narrow(layer.name + "attn.wqkv.weight");
      layer.up_gate8 = weights_.Narrow(layer.name + "mlp.w_up_gate.weight");
    }
  }
  make_norm(last_, 0);
  x_ = at::empty({rows, d}, narrow), branch_ = at::empty({rows, d}, narrow);
  grad_x_ = at::empty({rows, d}, narrow), wide_ = at::empty({rows, f}, narrow);
  const int64_t row_bytes = vocabulary_rows_ * narrow.dtype().itemsize();
  const int64_t chunks = (rows * row_bytes + kLogitsBytes - 1) / kLogitsBytes;
  chunk_rows_ = (rows + chunks - 1) / chunks;
  logits_ = at::empty({chunk_rows_, vocabulary_rows_}, narrow);
  losses_ = at::empty({rows}, wide);
  if (shape_.norm_gains) gain_parts_ = at::empty({kFfGainParts, d}, wide);
  std::tie(cosine_, sine_) = RotaryTables(shape_.seq_len, head_dim_);
  cosine_ = cosine_.to(device), sine_ = sine_.to(device);
  attention_ = std::make_unique<CudaAttention>(
      CudaAttention::Shape{samples, shape_.seq_len, shape_.heads, shape_.kv_heads, head_dim_,
                           scales_.attention_logits, dtype});
}

void CudaDecoder::Run(const Pass& pass, float* loss_sum) {
  pass_ = pass, keep_ = pass.first ? 0 : 1;
  rows_ = pass.samples * shape_.seq_len;
  stream_ = c10::cuda::getCurrentCUDAStream().stream();
  Forward();
  Head(loss_sum);
  if (!pass.backward) return;
  if (pass.events != nullptr) pass.events->LossIsFinal();
  NormBackward("final_norm.weight", {1, 0}, true, last_, 0);
  Final(shape_.norm_gains ? "final_norm." : "readout.");
  for (int64_t i = shape_.layers - 1; i >= 0; --i) {
    MlpBackward(layers_[i], scales_.branches[2 * i + 1]);
    AttentionBackward(layers_[i], scales_.branches[2 * i]);
    layers_[i].attention = {};
    Final(layers_[i].name);
  }
  EmbeddingBackward();
}

void CudaDecoder::Final(const std::string& prefix) {
  if (pass_.events != nullptr) pass_.events->GradientsAreFinal(prefix);
}

void CudaDecoder::Norm(const std::string& gain, const recipe::ResidualScales* add, Tensor& normed,
                       Tensor& scaled, Tensor& inverse) {
  FfNormForward args{};
  args.branch = add == nullptr ? nullptr : branch_.data_ptr();
  args.x = x_.data_ptr();
  if (add != nullptr) args.branch_scale = F(add->branch), args.skip_scale = F(add->skip);
  args.eps = F(scales_.norm_eps), args.gain = weights_.Master(gain);
  args.normed = normed.data_ptr(), args.scaled = scaled.data_ptr();
  args.inverse = inverse.data_ptr<float>();
  args.rows = rows_, args.width = shape_.d_model;
  // The last norm's result goes to the readout, whose product stays in bfloat16.
  if (fp8_ != nullptr && &normed != &last_.normed[0]) args.narrow = fp8_->input();
  CheckCuda(FfResidualRmsNormForward(stream_, type_, args), "RMSNorm");
}

// The gradient of the norm's result is in branch_.
void CudaDecoder::NormBackward(const std::string& gain, const recipe::ResidualScales& scales,
                               bool first, const Layer& layer, int which) {
  if (void* grad_gain = weights_.Gradient(gain); grad_gain != nullptr) {
    const FfGainBackward args{branch_.data_ptr(),
                              layer.normed[which].data_ptr(),
                              F(scales_.norm_gain_grad),
                              F(keep_),
                              gain_parts_.data_ptr<float>(),
                              weights_.grad_type(),
                              grad_gain,
                              rows_,
                              shape_.d_model};
    CheckCuda(FfNormGainBackward(stream_, type_, args), "gain gradient");
  }
  const FfNormBackward args{branch_.data_ptr(),
                            layer.normed[which].data_ptr(),
                            layer.inverse[which].data_ptr<float>(),
                            weights_.Master(gain),
                            F(scales.branch),
                            F(scales.skip),
                            first,
                            grad_x_.data_ptr(),
                            rows_,
                            shape_.d_model};
  CheckCuda(FfResidualRmsNormBackward(stream_, type_, args), "RMSNorm backward");
}

void CudaDecoder::Project(const Tensor& x, const std::string& name, const CudaFp8::Weight* narrow,
                          double scale, int64_t out, void* y) {
  if (fp8_ != nullptr) return fp8_->Forward(*narrow, scale, rows_, y);
  LinearForward(type_, x.data_ptr(), weights_.Value(name), scale, rows_, shape_.d_model, out, y);
}

void CudaDecoder::ProjectBackward(const void* g, const Tensor& x, const std::string& name,
                                  const CudaFp8::Weight* narrow, const recipe::LinearScales& scales,
                                  int64_t out) {
  if (fp8_ != nullptr) {
    return fp8_->Backward(*narrow, x.data_ptr(), rows_,
                          {scales.grad_input, scales.grad_weight, keep_, branch_.data_ptr(),
                           weights_.grad_type(), weights_.Gradient(name)});
  }
  LinearGradInput(type_, g, weights_.Value(name), scales.grad_input, rows_, shape_.d_model, out,
                  branch_.data_ptr());
  GradWeight(g, x, name, scales.grad_weight, shape_.d_model, out);
}

void CudaDecoder::Forward() {
  CheckCuda(FfEmbeddingForward(stream_, type_, pass_.batch + TokenBatchLayout(rows_).ids(),
                               weights_.Value(kEmbedding), rows_, shape_.d_model, x_.data_ptr()),
            "embedding");
  const recipe::ResidualScales* add = nullptr;
  for (int64_t i = 0; i < shape_.layers; ++i) {
    Layer& layer = layers_[i];
    Norm(layer.name + "attn_norm.weight", add, layer.normed[0], layer.scaled[0], layer.inverse[0]);
    AttentionForward(layer);
    Norm(layer.name + "mlp_norm.weight", &scales_.branches[2 * i], layer.normed[1], layer.scaled[1],
         layer.inverse[1]);
    MlpForward(layer);
    add = &scales_.branches[2 * i + 1];
  }
  Norm("final_norm.weight", add, last_.normed[0], last_.scaled[0], last_.inverse[0]);
}

CudaDecoder::Views CudaDecoder::Heads(const Layer& layer) const {
  const int64_t h = shape_.heads, kv = shape_.kv_heads;
  const Tensor all = layer.qkv.narrow(0, 0, rows_)
                         .view({pass_.samples, shape_.seq_len, h + 2 * kv, head_dim_})
                         .transpose(1, 2);
  return {all.narrow(1, 0, h), all.narrow(1, h, kv), all.narrow(1, h + kv, kv)};
}

void CudaDecoder::AttentionForward(Layer& layer) {
  const int64_t d = shape_.d_model;
  Project(layer.scaled[0], layer.name + "attn.wqkv.weight", layer.qkv8, scales_.qkv.output,
          qkv_width_, layer.qkv.data_ptr());
  const FfRotary rotary{layer.qkv.data_ptr(),
                        cosine_.const_data_ptr<float>(),
                        sine_.const_data_ptr<float>(),
                        rows_,
                        shape_.seq_len,
                        shape_.heads + shape_.kv_heads,
                        shape_.heads + 2 * shape_.kv_heads,
                        head_dim_};
  CheckCuda(FfRotaryForward(stream_, type_, rotary), "rotary positions");
  const Views views = Heads(layer);
  layer.attention = attention_->Forward(views.q, views.k, views.v);
  // [B, T, H, D] in memory: what the output projection reads. S_attn is in its factors.
  layer.attention.out = layer.attention.out.transpose(1, 2).contiguous().transpose(1, 2);
  LinearForward(
      type_, layer.attention.out.data_ptr(), weights_.Value(layer.name + "attn.wo.weight"),
      scales_.attention_out.output * scales_.attention_output, rows_, d, d, branch_.data_ptr());
}

void CudaDecoder::MlpForward(Layer& layer) {
  const int64_t d = shape_.d_model, f = shape_.d_ff;
  Project(layer.scaled[1], layer.name + "mlp.w_up_gate.weight", layer.up_gate8,
          scales_.up_gate.output, 2 * f, layer.up_gate.data_ptr());
  CheckCuda(FfGatedSiluForward(stream_, type_, layer.up_gate.data_ptr(), F(scales_.silu_sharpness),
                               F(scales_.gated_silu), rows_, f, layer.gated.data_ptr()),
            "gated SiLU");
  LinearForward(type_, layer.gated.data_ptr(), weights_.Value(layer.name + "mlp.w_down.weight"),
                scales_.down.output, rows_, f, d, branch_.data_ptr());
}

// Logits, loss and their gradients, some rows at a time. Leaves the gradient of the final
// norm's result in branch_.
void CudaDecoder::Head(float* loss_sum) {
  const int64_t d = shape_.d_model;
  const std::string name = shape_.tied_head ? kEmbedding : "readout.weight";
  const auto row = [&](const Tensor& t, int64_t first) {
    return static_cast<char*>(t.data_ptr()) + first * t.size(1) * t.element_size();
  };
  for (int64_t first = 0; first < rows_; first += chunk_rows_) {
    const int64_t count = std::min(chunk_rows_, rows_ - first);
    const void* x = row(last_.scaled[0], first);
    LinearForward(type_, x, weights_.Value(name), scales_.readout.output, count, d,
                  vocabulary_rows_, logits_.data_ptr());
    const FfCrossEntropy args{logits_.data_ptr(),
                              pass_.batch + TokenBatchLayout(rows_).targets() + first,
                              F(scales_.loss_sharpness),
                              F(scales_.loss_grad),
                              pass_.backward,
                              losses_.data_ptr<float>() + first,
                              count,
                              shape_.vocab_size,
                              vocabulary_rows_};
    CheckCuda(FfCrossEntropyInPlace(stream_, type_, args), "cross-entropy");
    if (!pass_.backward) continue;
    LinearGradInput(type_, logits_.data_ptr(), weights_.Value(name), scales_.readout.grad_input,
                    count, d, vocabulary_rows_, row(branch_, first));
    LinearGradWeight(type_, logits_.data_ptr(), x, scales_.readout.grad_weight,
                     first == 0 ? keep_ : 1, count, d, vocabulary_rows_, weights_.grad_type(),
                     weights_.Gradient(name));
  }
  CheckCuda(FfSumLosses(stream_, losses_.data_ptr<float>(), rows_, pass_.first, loss_sum),
            "sum of losses");
}

void CudaDecoder::GradWeight(const void* g, const Tensor& x, const std::string& name, double scale,
                             int64_t in, int64_t out) {
  LinearGradWeight(type_, g, x.data_ptr(), scale, keep_, rows_, in, out, weights_.grad_type(),
                   weights_.Gradient(name));
}

// The residual add passes the stream's gradient to its branch as it is; the split weighs.
void CudaDecoder::MlpBackward(Layer& layer, const recipe::ResidualScales& scales) {
  const int64_t d = shape_.d_model, f = shape_.d_ff;
  const std::string down = layer.name + "mlp.w_down.weight";
  const std::string up = layer.name + "mlp.w_up_gate.weight";
  LinearGradInput(type_, grad_x_.data_ptr(), weights_.Value(down), scales_.down.grad_input, rows_,
                  f, d, wide_.data_ptr());
  GradWeight(grad_x_.data_ptr(), layer.gated, down, scales_.down.grad_weight, f, d);
  if (fp8_ != nullptr) {
    const FfGatedSiluFp8 args{wide_.data_ptr(),
                              layer.up_gate.data_ptr(),
                              F(scales_.silu_sharpness),
                              F(scales_.gated_silu),
                              rows_,
                              f,
                              fp8_->grad(),
                              fp8_->grad_transposed()};
    CheckCuda(FfGatedSiluBackwardFp8(stream_, args), "gated SiLU backward");
  } else {
    CheckCuda(FfGatedSiluBackward(stream_, type_, wide_.data_ptr(), F(scales_.silu_sharpness),
                                  F(scales_.gated_silu), rows_, f, layer.up_gate.data_ptr()),
              "gated SiLU backward");
  }
  ProjectBackward(layer.up_gate.data_ptr(), layer.scaled[1], up, layer.up_gate8, scales_.up_gate,
                  2 * f);
  NormBackward(layer.name + "mlp_norm.weight", scales, false, layer, 1);
}

void CudaDecoder::AttentionBackward(Layer& layer, const recipe::ResidualScales& scales) {
  const int64_t d = shape_.d_model, h = shape_.heads, kv = shape_.kv_heads;
  const std::string wo = layer.name + "attn.wo.weight", wqkv = layer.name + "attn.wqkv.weight";
  LinearGradInput(type_, grad_x_.data_ptr(), weights_.Value(wo),
                  scales_.attention_out.grad_input * scales_.attention_output, rows_, d, d,
                  branch_.data_ptr());
  GradWeight(grad_x_.data_ptr(), layer.attention.out, wo,
             scales_.attention_out.grad_weight * scales_.attention_output, d, d);
  const Tensor grad_out = branch_.narrow(0, 0, rows_)
                              .view({pass_.samples, shape_.seq_len, h, head_dim_})
                              .transpose(1, 2);
  const Views views = Heads(layer);
  const CudaAttention::Gradients grads =
      attention_->Backward(grad_out, views.q, views.k, views.v, layer.attention);
  const auto heads = [](const Tensor& t) {
    return FfHeads{t.data_ptr(), t.stride(0), t.stride(2), t.stride(1)};
  };
  // q, k and v have served: their gradients take their place.
  const FfRotaryBackward args{heads(grads.q),
                              heads(grads.k),
                              heads(grads.v),
                              cosine_.const_data_ptr<float>(),
                              sine_.const_data_ptr<float>(),
                              pass_.samples,
                              shape_.seq_len,
                              h,
                              kv,
                              head_dim_,
                              fp8_ != nullptr ? fp8_->grad() : layer.qkv.data_ptr()};
  CheckCuda(fp8_ != nullptr ? FfRotaryBackwardFp8(stream_, args, fp8_->grad_transposed())
                            : FfRotaryBackwardPacked(stream_, type_, args),
            "rotary positions backward");
  ProjectBackward(layer.qkv.data_ptr(), layer.scaled[0], wqkv, layer.qkv8, scales_.qkv, qkv_width_);
  NormBackward(layer.name + "attn_norm.weight", scales, false, layer, 0);
}

void CudaDecoder::EmbeddingBackward() {
  void* gradient = weights_.Gradient(kEmbedding);
  const int64_t element = weights_.grad_type() == kFfBfloat16 ? 2 : 4;
  // A tied head's part is there already; otherwise rows without a token are zero.
  if (pass_.first && !shape_.tied_head) {
    CheckCuda(cudaMemsetAsync(gradient, 0, weights_.PaddedSize(kEmbedding) * element, stream_),
              "embedding gradient");
  }
  const TokenBatchLayout at(rows_);
  const FfEmbeddingBackward args{grad_x_.data_ptr(),
                                 pass_.batch + at.order(),
                                 pass_.batch + at.begin(),
                                 pass_.batch + at.segment_ids(),
                                 pass_.batch + at.counts(),
                                 std::min(rows_, shape_.vocab_size),
                                 shape_.d_model,
                                 F(scales_.embedding_grad),
                                 1,
                                 weights_.grad_type(),
                                 gradient};
  CheckCuda(FfEmbeddingBackwardSorted(stream_, type_, args), "embedding backward");
}

}  // namespace ff::trainer
