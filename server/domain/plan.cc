#include "server/domain/plan.h"

#include <openssl/sha.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"

namespace ff {
namespace {

// %.17g reads back to the same double, so equal plans have equal text.
void Add(std::string* text, const char* name, double value) {
  absl::StrAppendFormat(text, "%s=%.17g\n", name, value);
}
void Add(std::string* text, const char* name, int64_t value) {
  absl::StrAppendFormat(text, "%s=%d\n", name, value);
}
void Add(std::string* text, const char* name, const std::string& value) {
  absl::StrAppendFormat(text, "%s=%s\n", name, absl::CEscape(value));
}

void AddShape(std::string* t, const ModelShape& s) {
  Add(t, "layers", s.layers);
  Add(t, "d_model", s.d_model);
  Add(t, "heads", s.heads);
  Add(t, "kv_heads", s.kv_heads);
  Add(t, "d_ff", s.d_ff);
  Add(t, "vocab_size", s.vocab_size);
  Add(t, "seq_len", s.seq_len);
  Add(t, "tied_head", int64_t{s.tied_head});
  Add(t, "norm_gains", int64_t{s.norm_gains});
}

void AddOptimizer(std::string* t, const Plan& p) {
  Add(t, "learning_rate", p.learning_rate);
  Add(t, "scheduler", p.scheduler);
  Add(t, "warmup_steps", p.warmup_steps);
  Add(t, "min_lr_ratio", p.min_lr_ratio);
  Add(t, "weight_decay", p.weight_decay);
  Add(t, "max_grad_norm", p.max_grad_norm);
  Add(t, "adam_beta1", p.adam_beta1);
  Add(t, "adam_beta2", p.adam_beta2);
  Add(t, "adam_eps", p.adam_eps);
}

void AddAlphas(std::string* t, const Alphas& a) {
  Add(t, "alpha_attn", a.attn);
  Add(t, "alpha_ffn_act", a.ffn_act);
  Add(t, "alpha_res", a.res);
  Add(t, "alpha_res_attn_ratio", a.res_attn_ratio);
  Add(t, "alpha_loss", a.loss);
}

void AddSynthetic(std::string* t, const SyntheticLaw& s) {
  Add(t, "e", s.e);
  Add(t, "a", s.a);
  Add(t, "alpha", s.alpha);
  Add(t, "b", s.b);
  Add(t, "beta", s.beta);
  Add(t, "noise_sd", s.noise_sd);
}

void AddMupSimple(std::string* t, const MupSimple& m) {
  Add(t, "mup_base_std", m.base_std);
  Add(t, "mup_base_width", m.base_width);
  Add(t, "mup_base_width_wd", m.base_width_wd);
  Add(t, "mup_no_decay_lr_mult", m.no_decay_lr_mult);
  Add(t, "mup_readout_lr_scaling", int64_t{m.readout_lr_scaling});
}

// Fields of later versions: said only where they differ from what was before.
void AddLaterFields(std::string* t, const Plan& p) {
  if (p.dropout != 0) Add(t, "dropout", p.dropout);
  if (p.decay_steps != 0) Add(t, "decay_steps", p.decay_steps);
  if (p.parametrization == "sp" && p.sp_init != "gpt2") Add(t, "sp_init", p.sp_init);
  if (p.parametrization == "mup-simple") AddMupSimple(t, p.mup_simple);
}

// Only fields that decide the numbers; a new field with an old meaning as its default
// must be added only when it differs from that default, or every id would shift.
std::string CanonicalText(const Plan& p) {
  std::string t = "ff.plan.v1\n";
  Add(&t, "mode", p.mode);
  AddShape(&t, p.shape);
  Add(&t, "batch_size", p.batch_size);
  Add(&t, "accumulation_steps", p.accumulation_steps);
  Add(&t, "steps", p.steps);
  Add(&t, "parametrization", p.parametrization);
  AddAlphas(&t, p.alphas);
  AddOptimizer(&t, p);
  Add(&t, "seed", p.seed);
  Add(&t, "dtype", p.dtype);
  Add(&t, "eval_tokens", p.eval_tokens);
  Add(&t, "data_format", p.data_format);
  Add(&t, "data_fingerprint", p.data_fingerprint);
  Add(&t, "val_fraction", p.val_fraction);
  if (p.mode == "synthetic") AddSynthetic(&t, p.synthetic);
  AddLaterFields(&t, p);
  return t;
}

std::string ShortHash(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  const std::string raw(reinterpret_cast<const char*>(digest.data()), 8);
  return absl::BytesToHexString(raw);
}

}  // namespace

std::string ExperimentId(const Plan& plan) { return ShortHash(CanonicalText(plan)); }

// How long it is, how it decays and how it is judged come after the trunk.
std::string TrunkId(const Plan& plan) {
  if (plan.scheduler != "wsd") return "";
  Plan trunk = plan;
  trunk.steps = trunk.decay_steps = trunk.eval_tokens = 0, trunk.min_lr_ratio = 0;
  return ShortHash("trunk\n" + CanonicalText(trunk));
}

}  // namespace ff
