#include "worker/trainer/gpt.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <map>

#include "worker/trainer/initial_values.h"
#include "worker/trainer/unit_scaling.h"

namespace ff::trainer {
namespace {

using at::Tensor;

}  // namespace

std::tuple<Tensor, Tensor> RotaryTables(int64_t positions, int64_t head_dim) {
  const Tensor exponents = at::arange(0, head_dim, 2, at::kDouble) / double(head_dim);
  const Tensor angles = at::outer(at::arange(positions, at::kDouble),
                                  at::pow(at::Scalar(kRopeBase), exponents.neg()));
  return {angles.cos().to(at::kFloat), angles.sin().to(at::kFloat)};
}

Gpt::Gpt(const protocol::ModelShape& shape, const recipe::ModelScales& scales,
         const std::vector<recipe::ParameterSpec>& specs, int64_t seed, const GptOptions& options)
    : shape_(shape), scales_(scales), options_(options), blocks_(shape.layers) {
  std::map<std::string, Tensor> named;
  for (const recipe::ParameterSpec& spec : specs) {
    parameters_.push_back(InitialValues(spec, seed).to(options.device).requires_grad_());
    named[spec.name] = parameters_.back();
  }
  embedding_ = named["embedding.weight"];
  final_norm_ = named["final_norm.weight"];
  readout_ = shape.tied_head ? embedding_ : named["readout.weight"];
  for (int64_t i = 0; i < shape.layers; ++i) {
    const std::string name = "layers." + std::to_string(i);
    blocks_[i] = {named[name + ".attn_norm.weight"],     named[name + ".attn.wqkv.weight"],
                  named[name + ".attn.wo.weight"],       named[name + ".mlp_norm.weight"],
                  named[name + ".mlp.w_up_gate.weight"], named[name + ".mlp.w_down.weight"]};
  }
  std::tie(cosine_, sine_) = RotaryTables(shape.seq_len, shape.d_model / shape.heads);
  cosine_ = cosine_.to(options.device), sine_ = sine_.to(options.device);
}

int64_t Gpt::CountParameters() const {
  int64_t count = 0;
  for (const Tensor& tensor : parameters_) count += tensor.numel();
  return count;
}

void Gpt::Observe(const std::string& name, const Tensor& activation) const {
  if (observer_) observer_(name, activation);
}

Tensor Gpt::AttentionBranch(const Tensor& x, const Block& block, const std::string& name) const {
  const int64_t batch = x.size(0), length = x.size(1);
  const int64_t heads = shape_.heads, kv = shape_.kv_heads, head_dim = shape_.d_model / heads;
  const Tensor normed = RmsNorm(x, block.attention_norm, scales_.norm_eps, scales_.norm_gain_grad);
  Observe(name + ".attn_norm", normed);
  Tensor qkv =
      Linear(normed, block.qkv, scales_.qkv).view({batch, length, heads + 2 * kv, head_dim});
  if (options_.rotary_positions) {
    qkv = Rope(qkv, heads + kv, cosine_.narrow(0, 0, length), sine_.narrow(0, 0, length));
  }
  const std::vector<Tensor> parts = qkv.split_with_sizes({heads, kv, kv}, 2);
  Observe(name + ".q", parts[0]), Observe(name + ".k", parts[1]), Observe(name + ".v", parts[2]);
  const Tensor mixed =
      Attention(parts[0].transpose(1, 2), parts[1].transpose(1, 2), parts[2].transpose(1, 2),
                {scales_.attention_logits, scales_.attention_output, true});
  Observe(name + ".attn", mixed);
  const Tensor joined = mixed.transpose(1, 2).reshape({batch, length, shape_.d_model});
  const Tensor out = Linear(joined, block.out, scales_.attention_out);
  Observe(name + ".attn_out", out);
  return out;
}

Tensor Gpt::MlpBranch(const Tensor& x, const Block& block, const std::string& name) const {
  const Tensor normed = RmsNorm(x, block.mlp_norm, scales_.norm_eps, scales_.norm_gain_grad);
  Observe(name + ".mlp_norm", normed);
  const Tensor up_gate = Linear(normed, block.up_gate, scales_.up_gate);
  Observe(name + ".up_gate", up_gate);
  const Tensor gated = GatedSilu(up_gate, scales_.silu_sharpness, scales_.gated_silu);
  Observe(name + ".glu", gated);
  const Tensor out = Linear(gated, block.down, scales_.down);
  Observe(name + ".mlp_out", out);
  return out;
}

// The mask is made on the host, sample by sample, so that it does not depend on how the batch is
// cut or where it is trained. Ones and zeros are exact in every type; the factor comes after.
Tensor Gpt::Dropped(const Tensor& result, int64_t branch, const recipe::DropoutPlace* place) const {
  if (place == nullptr || scales_.dropout == 0) return result;
  Tensor mask = at::empty(result.sizes(), at::kFloat);
  const int64_t size = result.size(1) * result.size(2);
  float* out = mask.data_ptr<float>();
  at::parallel_for(0, result.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      recipe::FillDropoutMask(recipe::DropoutKey(*place, i, branch), scales_.dropout, size,
                              out + i * size);
    }
  });
  return result * mask.to(result.options()) * scales_.dropout_scale;
}

Tensor Gpt::Logits(const Tensor& ids, const recipe::DropoutPlace* place) const {
  Tensor stream = Embedding(ids, embedding_, scales_.embedding_grad, options_.dtype);
  Observe("embedding", stream);
  for (int64_t i = 0; i < shape_.layers; ++i) {
    const std::string name = observer_ ? "layers." + std::to_string(i) : "";
    const recipe::ResidualScales& attention = scales_.branches[2 * i];
    auto [attention_in, attention_skip] = ResidualSplit(stream, attention);
    stream = ResidualAdd(Dropped(AttentionBranch(attention_in, blocks_[i], name), 2 * i, place),
                         attention_skip, attention);
    Observe(name + ".stream_mid", stream);
    const recipe::ResidualScales& mlp = scales_.branches[2 * i + 1];
    auto [mlp_in, mlp_skip] = ResidualSplit(stream, mlp);
    stream =
        ResidualAdd(Dropped(MlpBranch(mlp_in, blocks_[i], name), 2 * i + 1, place), mlp_skip, mlp);
    Observe(name + ".stream", stream);
  }
  const Tensor normed = RmsNorm(stream, final_norm_, scales_.norm_eps, scales_.norm_gain_grad);
  Observe("final_norm", normed);
  const Tensor logits = Linear(normed, readout_, scales_.readout).to(at::kFloat);
  Observe("logits", logits);
  return logits.view({-1, shape_.vocab_size});
}

Tensor Gpt::LossSum(const Tensor& logits, const Tensor& targets) const {
  return CrossEntropySum(logits, targets.reshape({-1}), scales_.loss_sharpness, scales_.loss_grad);
}

}  // namespace ff::trainer
