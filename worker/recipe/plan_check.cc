#include "worker/recipe/plan_check.h"

#include <cmath>
#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "worker/recipe/parameter_specs.h"

namespace ff::recipe {
namespace {

template <class... Parts>
absl::Status Bad(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

absl::Status OneOf(const char* field, const std::string& value,
                   std::initializer_list<const char*> words) {
  for (const char* word : words) {
    if (value == word) return absl::OkStatus();
  }
  return Bad(field, " '", value, "' is unknown; use one of ", absl::StrJoin(words, ", "));
}

absl::Status CheckShape(const protocol::ModelShape& s) {
  if (s.layers < 1 || s.d_model < 1 || s.heads < 1 || s.kv_heads < 1 || s.d_ff < 1) {
    return Bad("shape: layers, d_model, heads, kv_heads and d_ff must be at least 1, got ",
               s.layers, ", ", s.d_model, ", ", s.heads, ", ", s.kv_heads, ", ", s.d_ff);
  }
  if (s.vocab_size < 2 || s.seq_len < 2) {
    return Bad("shape: vocab_size and seq_len must be at least 2, got ", s.vocab_size, " and ",
               s.seq_len);
  }
  if (s.d_model % s.heads != 0) {
    return Bad("shape: d_model ", s.d_model, " is no multiple of heads ", s.heads);
  }
  if ((s.d_model / s.heads) % 2 != 0) {
    return Bad("shape: head size ", s.d_model / s.heads, " is odd; rotary positions need pairs");
  }
  if (s.heads % s.kv_heads != 0) {
    return Bad("shape: heads ", s.heads, " is no multiple of kv_heads ", s.kv_heads);
  }
  return absl::OkStatus();
}

absl::Status CheckWords(const protocol::Plan& plan) {
  if (absl::Status s = OneOf("mode", plan.mode, {"umup_gpt"}); !s.ok()) return s;
  if (absl::Status s =
          OneOf("parametrization", plan.parametrization, {"u-mup", "sp", "mup-simple"});
      !s.ok()) {
    return s;
  }
  if (absl::Status s = OneOf("scheduler", plan.scheduler, {"cosine", "linear", "constant", "wsd"});
      !s.ok()) {
    return s;
  }
  if (plan.shape.tied_head && plan.parametrization != "sp") {
    return Bad("a tied head needs parametrization sp: in u-muP embedding and readout have ",
               "different factors and learning rates");
  }
  if (absl::Status s = OneOf("sp_init", plan.sp_init, {"gpt2", "fan_in"}); !s.ok()) return s;
  if (plan.shape.tied_head && plan.sp_init != "gpt2") {
    return Bad("a tied head needs sp_init gpt2: an embedding of N(0, 1) would make logits of ",
               "size sqrt(d_model)");
  }
  if (plan.parametrization == "mup-simple" && !plan.shape.norm_gains) {
    return Bad("parametrization mup-simple has trainable norms: norm_gains must be true");
  }
  return OneOf("dtype", plan.dtype, {"float32", "bfloat16", "fp8"});
}

// Scale 1 is right for tensors of unit size alone, and the device multiplies 16 by 16.
absl::Status CheckFp8(const protocol::Plan& plan) {
  if (plan.dtype != "fp8") return absl::OkStatus();
  if (plan.parametrization != "u-mup" || plan.dropout > 0) {
    return Bad(
        "dtype fp8 needs parametrization u-mup, whose tensors have unit scale, and no dropout; '",
        plan.parametrization, "' with dropout ", plan.dropout, " trains in bfloat16");
  }
  const protocol::ModelShape& s = plan.shape;
  const int64_t kv_width = s.kv_heads * (s.d_model / s.heads);
  if (s.d_model % 16 == 0 && s.d_ff % 16 == 0 && kv_width % 8 == 0 && s.seq_len % 16 == 0) {
    return absl::OkStatus();
  }
  return Bad(
      "dtype fp8 needs d_model, d_ff and seq_len that are multiples of 16 and kv_heads * head "
      "size a multiple of 8, got ",
      s.d_model, ", ", s.d_ff, ", ", s.seq_len, " and ", kv_width);
}

absl::Status CheckRun(const protocol::Plan& plan) {
  if (plan.batch_size < 1 || plan.steps < 1 || plan.accumulation_steps < 1) {
    return Bad("batch_size, steps and accumulation_steps must be at least 1, got ", plan.batch_size,
               ", ", plan.steps, ", ", plan.accumulation_steps);
  }
  if (plan.accumulation_steps > plan.batch_size) {
    return Bad("accumulation_steps ", plan.accumulation_steps, " is more than batch_size ",
               plan.batch_size);
  }
  const int64_t tokens = plan.steps * plan.batch_size * plan.shape.seq_len;
  if (plan.tokens != tokens) {
    return Bad("tokens ", plan.tokens, " is not steps * batch_size * seq_len = ", tokens);
  }
  if (plan.warmup_steps < 0 || plan.warmup_steps > plan.steps) {
    return Bad("warmup_steps ", plan.warmup_steps, " lies outside 0..", plan.steps);
  }
  if (plan.decay_steps < 0 || plan.warmup_steps + plan.decay_steps > plan.steps) {
    return Bad("warmup_steps ", plan.warmup_steps, " and decay_steps ", plan.decay_steps,
               " are more than the ", plan.steps, " steps");
  }
  if ((plan.decay_steps > 0) != (plan.scheduler == "wsd")) {
    return Bad("decay_steps ", plan.decay_steps, " under scheduler ", plan.scheduler,
               ": wsd needs at least 1, the others 0");
  }
  if (!(plan.dropout >= 0 && plan.dropout < 1)) {
    return Bad("dropout must lie in [0, 1), got ", plan.dropout);
  }
  if (!(plan.max_loss >= 0) || !(plan.checkpoint_minutes >= 0)) {
    return Bad("max_loss and checkpoint_minutes must not be negative");
  }
  if (plan.log_every < 1 || plan.eval_every < 0 || plan.checkpoint_every < 0 ||
      plan.eval_tokens < 1) {
    return Bad("log_every and eval_tokens must be at least 1, eval_every and checkpoint_every at ",
               "least 0");
  }
  return absl::OkStatus();
}

absl::Status CheckOptimizer(const protocol::Plan& plan) {
  const auto fraction = [](double value) { return value >= 0 && value < 1; };
  if (!(plan.learning_rate > 0) || !std::isfinite(plan.learning_rate)) {
    return Bad("learning_rate must be positive and finite, got ", plan.learning_rate);
  }
  if (!fraction(plan.adam_beta1) || !fraction(plan.adam_beta2) || !(plan.adam_eps > 0)) {
    return Bad("adam betas must lie in [0, 1) and adam_eps be positive, got ", plan.adam_beta1,
               ", ", plan.adam_beta2, ", ", plan.adam_eps);
  }
  if (!(plan.weight_decay >= 0) || !(plan.max_grad_norm >= 0)) {
    return Bad("weight_decay and max_grad_norm must not be negative");
  }
  if (!(plan.min_lr_ratio >= 0 && plan.min_lr_ratio <= 1)) {
    return Bad("min_lr_ratio must lie in [0, 1], got ", plan.min_lr_ratio);
  }
  const protocol::MupSimple& m = plan.mup_simple;
  if (!(m.base_std > 0 && m.base_width > 0 && m.base_width_wd > 0 && m.no_decay_lr_mult > 0)) {
    return Bad("mup_simple's numbers must be positive");
  }
  const protocol::Alphas& a = plan.alphas;
  if (!(a.attn > 0 && a.ffn_act > 0 && a.res > 0 && a.res_attn_ratio > 0 && a.loss > 0)) {
    return Bad("alphas must be positive");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPlan(const protocol::Plan& plan) {
  if (absl::Status s = CheckShape(plan.shape); !s.ok()) return s;
  if (absl::Status s = CheckWords(plan); !s.ok()) return s;
  if (absl::Status s = CheckFp8(plan); !s.ok()) return s;
  if (absl::Status s = CheckRun(plan); !s.ok()) return s;
  if (absl::Status s = CheckOptimizer(plan); !s.ok()) return s;
  const int64_t parameters = CountParameters(ParameterSpecs(plan));
  if (plan.parameters != parameters) {
    return Bad("the plan counts ", plan.parameters, " parameters, its shape has ", parameters);
  }
  return absl::OkStatus();
}

}  // namespace ff::recipe
