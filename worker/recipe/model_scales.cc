#include "worker/recipe/model_scales.h"

#include <cmath>

namespace ff::recipe {
namespace {

constexpr double kMupSimpleNormEps = 1e-6;

}  // namespace

ModelScales UmupScales(const protocol::ModelShape& shape, const protocol::Alphas& alphas,
                       const ScaleOptions& options) {
  const int64_t d = shape.d_model, f = shape.d_ff, tokens = options.step_tokens;
  const int64_t head_dim = d / shape.heads;
  ModelScales scales;
  scales.embedding_grad = EmbeddingGradScale(shape.vocab_size, tokens);
  scales.norm_gain_grad = NormGainGradScale(tokens);
  scales.qkv = HiddenLinear(d, d, tokens, Constraint::kToOutputScale);
  scales.attention_out = HiddenLinear(d, d, tokens, Constraint::kToOutputScale);
  scales.up_gate = HiddenLinear(d, f, tokens, options.feed_forward);
  scales.down = HiddenLinear(f, d, tokens, options.feed_forward);
  scales.readout = ReadoutLinear(d, shape.vocab_size, tokens, Constraint::kNone);
  scales.attention_logits = alphas.attn / double(head_dim);
  scales.attention_output = AttentionScale(shape.seq_len, head_dim, alphas.attn, true);
  scales.silu_sharpness = alphas.ffn_act;
  scales.gated_silu = GatedSiluScale(alphas.ffn_act);
  for (double tau : ResidualTaus(shape.layers, alphas.res, alphas.res_attn_ratio)) {
    scales.branches.push_back(ResidualScalesOf(tau));
  }
  scales.loss_sharpness = alphas.loss;
  scales.loss_grad = CrossEntropyGradScale(shape.vocab_size);
  return scales;
}

ModelScales StandardScales(const protocol::ModelShape& shape, int64_t step_tokens) {
  ModelScales scales;
  scales.attention_logits = 1 / std::sqrt(double(shape.d_model) / double(shape.heads));
  scales.branches.resize(2 * shape.layers);
  scales.loss_grad = 1 / double(step_tokens);
  return scales;
}

ModelScales ScalesFor(const protocol::Plan& plan) {
  const int64_t step_tokens = plan.batch_size * plan.shape.seq_len;
  const bool umup = plan.parametrization == "u-mup";
  ModelScales scales = umup ? UmupScales(plan.shape, plan.alphas, {step_tokens, Constraint::kNone})
                            : StandardScales(plan.shape, step_tokens);
  if (plan.parametrization == "mup-simple") scales.norm_eps = kMupSimpleNormEps;
  scales.dropout = plan.dropout;
  const double kept = 1 - plan.dropout;
  scales.dropout_scale = umup ? 1 / std::sqrt(kept) : 1 / kept;
  return scales;
}

}  // namespace ff::recipe
