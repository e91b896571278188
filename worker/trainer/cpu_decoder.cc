#include "worker/trainer/cpu_decoder.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#include "worker/trainer/cpu_fused.h"
#include "worker/trainer/cpu_gemm.h"
#include "worker/trainer/cpu_kernels.h"
#include "worker/trainer/gpt.h"

namespace ff::trainer {
namespace {

constexpr int64_t kGrain = 64;                       // rows that are worth a thread
constexpr int64_t kProductGrain = int64_t{1} << 17;  // and multiplications
constexpr int64_t kLogitsBytes = int64_t{64} << 20;  // as many logits are held at a time

int64_t Grain(int64_t work_each) { return std::max<int64_t>(kProductGrain / work_each, 8); }

// y [rows, out] = scale * x [rows, in] w [out, in]^T.
void LinearForward(bool narrow, const float* x, const float* w, double scale, int64_t rows,
                   int64_t in, int64_t out, float* y) {
  at::parallel_for(0, rows, Grain(in * out), [&](int64_t begin, int64_t end) {
    cpu::Multiply({end - begin, out, in, float(scale), 0, narrow}, {x + begin * in, in},
                  {w, in, true}, y + begin * out, out);
  });
}

// grad_x [rows, in] = scale * g [rows, out] w [out, in].
void LinearGradInput(bool narrow, const float* g, const float* w, double scale, int64_t rows,
                     int64_t in, int64_t out, float* grad_x) {
  at::parallel_for(0, rows, Grain(in * out), [&](int64_t begin, int64_t end) {
    cpu::Multiply({end - begin, in, out, float(scale), 0, narrow}, {g + begin * out, out}, {w, in},
                  grad_x + begin * in, in);
  });
}

// grad_w [out, in] = keep * grad_w + scale * g^T x.
void LinearGradWeight(bool narrow, const float* g, const float* x, double scale, float keep,
                      int64_t rows, int64_t in, int64_t out, float* grad_w) {
  at::parallel_for(0, out, Grain(in * rows), [&](int64_t begin, int64_t end) {
    cpu::Multiply({end - begin, in, rows, float(scale), keep, narrow}, {g + begin, out, true},
                  {x, in}, grad_w + begin * in, in);
  });
}

}  // namespace

void CpuDecoder::Buffer::Resize(int64_t count) { tensor = at::empty({count}, at::kFloat); }

CpuDecoder::CpuDecoder(const protocol::Plan& plan, const CpuWeights& weights, int64_t samples)
    : shape_(plan.shape),
      scales_(recipe::ScalesFor(plan)),
      narrow_(plan.dtype == "bfloat16"),
      head_dim_(shape_.d_model / shape_.heads),
      qkv_width_((shape_.heads + 2 * shape_.kv_heads) * head_dim_),
      embedding_(weights.Find("embedding.weight")),
      readout_(shape_.tied_head ? embedding_ : weights.Find("readout.weight")),
      layers_(shape_.layers) {
  const int64_t rows = samples * shape_.seq_len, d = shape_.d_model, f = shape_.d_ff;
  const auto norm = [&](const std::string& gain) {
    NormPlace place;
    place.gain = weights.Find(gain);
    place.normed.Resize(rows * d), place.inverse.Resize(rows);
    if (place.gain.value != nullptr) place.scaled_buffer.Resize(rows * d);
    return place;
  };
  for (int64_t i = 0; i < shape_.layers; ++i) {
    Layer& layer = layers_[i];
    const std::string name = "layers." + std::to_string(i) + ".";
    layer.attention_norm = norm(name + "attn_norm.weight");
    layer.mlp_norm = norm(name + "mlp_norm.weight");
    layer.qkv_weight = weights.Find(name + "attn.wqkv.weight");
    layer.out_weight = weights.Find(name + "attn.wo.weight");
    layer.up_gate_weight = weights.Find(name + "mlp.w_up_gate.weight");
    layer.down_weight = weights.Find(name + "mlp.w_down.weight");
    layer.qkv.Resize(rows * qkv_width_), layer.log_sums.Resize(rows * shape_.heads);
    layer.attention.Resize(rows * d);
    layer.up_gate.Resize(rows * 2 * f), layer.gated.Resize(rows * f);
  }
  last_ = norm("final_norm.weight");
  for (Buffer* buffer : {&x_, &grad_x_, &branch_}) buffer->Resize(rows * d);
  wide_.Resize(rows * 2 * f), grad_qkv_.Resize(rows * qkv_width_), losses_.Resize(rows);
  const int64_t row_bytes = shape_.vocab_size * int64_t{sizeof(float)};
  const int64_t chunks = (rows * row_bytes + kLogitsBytes - 1) / kLogitsBytes;
  chunk_rows_ = (rows + chunks - 1) / chunks;
  logits_.Resize(chunk_rows_ * shape_.vocab_size);
  std::tie(cosine_.tensor, sine_.tensor) = RotaryTables(shape_.seq_len, head_dim_);
  attention_ = std::make_unique<cpu::Attention>(cpu::AttentionShape{
      shape_.seq_len, shape_.heads, shape_.kv_heads, head_dim_, float(scales_.attention_logits)});
  ids_.reserve(rows), targets_.reserve(rows);
}

double CpuDecoder::Run(const Pass& pass) {
  TakeTokens(pass.tokens);
  keep_ = pass.first ? 0 : 1, backward_ = pass.backward;
  Forward();
  const double loss = Head();
  if (!backward_) return loss;
  NormBackward(last_, {1, 0}, true);
  for (int64_t i = shape_.layers - 1; i >= 0; --i) {
    MlpBackward(layers_[i], scales_.branches[2 * i + 1]);
    AttentionBackward(layers_[i], scales_.branches[2 * i]);
  }
  EmbeddingBackward();
  return loss;
}

void CpuDecoder::TakeTokens(const std::vector<int64_t>& tokens) {
  const int64_t length = shape_.seq_len;
  const int64_t samples = static_cast<int64_t>(tokens.size()) / (length + 1);
  rows_ = samples * length;
  ids_.clear(), targets_.clear();
  for (int64_t s = 0; s < samples; ++s) {
    const auto sample = tokens.begin() + s * (length + 1);
    ids_.insert(ids_.end(), sample, sample + length);
    targets_.insert(targets_.end(), sample + 1, sample + length + 1);
  }
}

void CpuDecoder::Norm(const NormPlace& place, const recipe::ResidualScales* add) {
  cpu::NormForward args{};
  args.branch = add == nullptr ? nullptr : branch_.get();
  args.x = x_.get();
  if (add != nullptr) args.branch_scale = float(add->branch), args.skip_scale = float(add->skip);
  args.eps = float(scales_.norm_eps), args.gain = place.gain.value;
  args.normed = place.normed.get(), args.inverse = place.inverse.get();
  if (args.gain != nullptr) args.scaled = place.scaled_buffer.get();
  at::parallel_for(0, rows_, kGrain, [&](int64_t begin, int64_t end) {
    cpu::ResidualRmsNormForward(args, begin, end - begin, shape_.d_model);
  });
}

// The gradient of the norm's result is in branch_.
void CpuDecoder::NormBackward(const NormPlace& place, const recipe::ResidualScales& scales,
                              bool fresh) {
  if (place.gain.gradient != nullptr) {
    cpu::GainBackward(branch_.get(), place.normed.get(), float(scales_.norm_gain_grad), keep_,
                      rows_, shape_.d_model, place.gain.gradient);
  }
  const cpu::NormBackward args{branch_.get(),
                               place.normed.get(),
                               place.inverse.get(),
                               place.gain.value,
                               float(scales.branch),
                               float(scales.skip),
                               fresh,
                               grad_x_.get()};
  at::parallel_for(0, rows_, kGrain, [&](int64_t begin, int64_t end) {
    cpu::ResidualRmsNormBackward(args, begin, end - begin, shape_.d_model);
  });
}

void CpuDecoder::Rotate(float* qkv, float sign) const {
  const cpu::RopeShape shape{shape_.heads + shape_.kv_heads, head_dim_ / 2, qkv_width_,
                             shape_.seq_len};
  at::parallel_for(0, rows_, kGrain, [&](int64_t begin, int64_t end) {
    cpu::Rotate(qkv, cosine_.get(), sine_.get(), shape, sign, begin, end - begin);
  });
}

void CpuDecoder::Forward() {
  const int64_t d = shape_.d_model;
  at::parallel_for(0, rows_, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      std::memcpy(x_.get() + r * d, embedding_.value + ids_[r] * d, d * sizeof(float));
    }
  });
  const recipe::ResidualScales* add = nullptr;
  for (int64_t i = 0; i < shape_.layers; ++i) {
    Norm(layers_[i].attention_norm, add);
    AttentionForward(layers_[i]);
    Norm(layers_[i].mlp_norm, &scales_.branches[2 * i]);
    MlpForward(layers_[i]);
    add = &scales_.branches[2 * i + 1];
  }
  Norm(last_, add);
}

// S_attn is in the output projection's factors.
void CpuDecoder::AttentionForward(Layer& layer) {
  const int64_t d = shape_.d_model;
  LinearForward(narrow_, layer.attention_norm.scaled(), layer.qkv_weight.value, scales_.qkv.output,
                rows_, d, qkv_width_, layer.qkv.get());
  Rotate(layer.qkv.get(), 1);
  attention_->Forward(layer.qkv.get(), rows_ / shape_.seq_len, layer.attention.get(),
                      layer.log_sums.get());
  LinearForward(narrow_, layer.attention.get(), layer.out_weight.value,
                scales_.attention_out.output * scales_.attention_output, rows_, d, d,
                branch_.get());
}

void CpuDecoder::MlpForward(Layer& layer) {
  const int64_t d = shape_.d_model, f = shape_.d_ff;
  LinearForward(narrow_, layer.mlp_norm.scaled(), layer.up_gate_weight.value,
                scales_.up_gate.output, rows_, d, 2 * f, layer.up_gate.get());
  at::parallel_for(0, rows_, kGrain, [&](int64_t begin, int64_t end) {
    cpu::GatedSiluForward(layer.up_gate.get() + 2 * begin * f, float(scales_.silu_sharpness),
                          float(scales_.gated_silu), end - begin, f, layer.gated.get() + begin * f);
  });
  LinearForward(narrow_, layer.gated.get(), layer.down_weight.value, scales_.down.output, rows_, f,
                d, branch_.get());
}

// Logits, loss and their gradients, some rows at a time. Leaves the gradient of the final
// norm's result in branch_.
double CpuDecoder::Head() {
  const int64_t d = shape_.d_model, vocabulary = shape_.vocab_size;
  float* logits = logits_.get();
  for (int64_t first = 0; first < rows_; first += chunk_rows_) {
    const int64_t count = std::min(chunk_rows_, rows_ - first);
    const float* x = last_.scaled() + first * d;
    LinearForward(narrow_, x, readout_.value, scales_.readout.output, count, d, vocabulary, logits);
    at::parallel_for(0, count, kGrain, [&](int64_t begin, int64_t end) {
      cpu::CrossEntropyInPlace(logits + begin * vocabulary, targets_.data() + first + begin,
                               float(scales_.loss_sharpness), float(scales_.loss_grad), backward_,
                               end - begin, vocabulary, losses_.get() + first + begin);
    });
    if (!backward_) continue;
    LinearGradInput(narrow_, logits, readout_.value, scales_.readout.grad_input, count, d,
                    vocabulary, branch_.get() + first * d);
    LinearGradWeight(narrow_, logits, x, scales_.readout.grad_weight, first == 0 ? keep_ : 1, count,
                     d, vocabulary, readout_.gradient);
  }
  double sum = 0;
  for (int64_t r = 0; r < rows_; ++r) sum += double(losses_.get()[r]);
  return sum;
}

// The residual add passes the stream's gradient to its branch as it is; the split weighs.
void CpuDecoder::MlpBackward(Layer& layer, const recipe::ResidualScales& scales) {
  const int64_t d = shape_.d_model, f = shape_.d_ff;
  float* grad_up_gate = wide_.get();
  // The gate's result has its last use here; then its gradient takes its place.
  LinearGradWeight(narrow_, grad_x_.get(), layer.gated.get(), scales_.down.grad_weight, keep_,
                   rows_, f, d, layer.down_weight.gradient);
  LinearGradInput(narrow_, grad_x_.get(), layer.down_weight.value, scales_.down.grad_input, rows_,
                  f, d, layer.gated.get());
  at::parallel_for(0, rows_, kGrain, [&](int64_t begin, int64_t end) {
    cpu::GatedSiluBackward(layer.up_gate.get() + 2 * begin * f, layer.gated.get() + begin * f,
                           float(scales_.silu_sharpness), float(scales_.gated_silu), end - begin, f,
                           grad_up_gate + 2 * begin * f);
  });
  LinearGradInput(narrow_, grad_up_gate, layer.up_gate_weight.value, scales_.up_gate.grad_input,
                  rows_, d, 2 * f, branch_.get());
  LinearGradWeight(narrow_, grad_up_gate, layer.mlp_norm.scaled(), scales_.up_gate.grad_weight,
                   keep_, rows_, d, 2 * f, layer.up_gate_weight.gradient);
  NormBackward(layer.mlp_norm, scales, false);
}

void CpuDecoder::AttentionBackward(Layer& layer, const recipe::ResidualScales& scales) {
  const int64_t d = shape_.d_model;
  LinearGradInput(narrow_, grad_x_.get(), layer.out_weight.value,
                  scales_.attention_out.grad_input * scales_.attention_output, rows_, d, d,
                  branch_.get());
  LinearGradWeight(narrow_, grad_x_.get(), layer.attention.get(),
                   scales_.attention_out.grad_weight * scales_.attention_output, keep_, rows_, d, d,
                   layer.out_weight.gradient);
  attention_->Backward(layer.qkv.get(), layer.attention.get(), layer.log_sums.get(), branch_.get(),
                       rows_ / shape_.seq_len, grad_qkv_.get());
  Rotate(grad_qkv_.get(), -1);
  LinearGradInput(narrow_, grad_qkv_.get(), layer.qkv_weight.value, scales_.qkv.grad_input, rows_,
                  d, qkv_width_, branch_.get());
  LinearGradWeight(narrow_, grad_qkv_.get(), layer.attention_norm.scaled(), scales_.qkv.grad_weight,
                   keep_, rows_, d, qkv_width_, layer.qkv_weight.gradient);
  NormBackward(layer.attention_norm, scales, false);
}

// Columns are dealt out, so that rows of one token are added in the order of the batch.
void CpuDecoder::EmbeddingBackward() {
  const int64_t d = shape_.d_model;
  const float scale = float(scales_.embedding_grad);
  // A tied head's part is there already; otherwise rows without a token are zero.
  if (keep_ == 0 && !shape_.tied_head) {
    std::memset(embedding_.gradient, 0, shape_.vocab_size * d * sizeof(float));
  }
  at::parallel_for(0, d, Grain(rows_), [&](int64_t begin, int64_t end) {
    for (int64_t r = 0; r < rows_; ++r) {
      float* into = embedding_.gradient + ids_[r] * d;
      const float* from = grad_x_.get() + r * d;
      for (int64_t i = begin; i < end; ++i) into[i] += scale * from[i];
    }
  });
}

}  // namespace ff::trainer
