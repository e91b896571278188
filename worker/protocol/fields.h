// The field names of every message, each written down once: VisitFields(visitor, message)
// calls visitor(name, member) in the order of README.md, for reading and for writing, and
// visitor.Optional(name, member, otherwise) for what a line lacks when it is `otherwise`.
#pragma once

#include <concepts>
#include <type_traits>

#include "worker/protocol/messages.h"

namespace ff::protocol {

template <class M, class T>
concept Is = std::same_as<std::remove_const_t<M>, T>;

template <class V>
void VisitFields(V& v, Is<ModelShape> auto& m) {
  v("layers", m.layers), v("d_model", m.d_model), v("heads", m.heads);
  v("kv_heads", m.kv_heads), v("d_ff", m.d_ff), v("vocab_size", m.vocab_size);
  v("seq_len", m.seq_len), v("tied_head", m.tied_head), v("norm_gains", m.norm_gains);
}

template <class V>
void VisitFields(V& v, Is<Alphas> auto& m) {
  v("attn", m.attn), v("ffn_act", m.ffn_act), v("res", m.res);
  v("res_attn_ratio", m.res_attn_ratio), v("loss", m.loss);
}

template <class V>
void VisitFields(V& v, Is<SyntheticLaw> auto& m) {
  v("e", m.e), v("a", m.a), v("alpha", m.alpha), v("b", m.b), v("beta", m.beta);
  v("noise_sd", m.noise_sd), v("seconds_per_step", m.seconds_per_step);
}

template <class V>
void VisitFields(V& v, Is<MupSimple> auto& m) {
  v("base_std", m.base_std), v("base_width", m.base_width), v("base_width_wd", m.base_width_wd);
  v("no_decay_lr_mult", m.no_decay_lr_mult), v("readout_lr_scaling", m.readout_lr_scaling);
}

template <class V>
void VisitFields(V& v, Is<Plan> auto& m) {
  v("mode", m.mode), v("shape", m.shape), v("parameters", m.parameters);
  v("non_embedding_parameters", m.non_embedding_parameters);
  v("batch_size", m.batch_size), v("accumulation_steps", m.accumulation_steps);
  v("steps", m.steps), v("tokens", m.tokens), v("flops", m.flops);
  v("flop_count", m.flop_count), v("parametrization", m.parametrization), v("alphas", m.alphas);
  v("learning_rate", m.learning_rate), v("scheduler", m.scheduler);
  v("warmup_steps", m.warmup_steps), v("min_lr_ratio", m.min_lr_ratio);
  v("weight_decay", m.weight_decay), v("max_grad_norm", m.max_grad_norm);
  v("adam_beta1", m.adam_beta1), v("adam_beta2", m.adam_beta2), v("adam_eps", m.adam_eps);
  v("seed", m.seed), v("dtype", m.dtype), v("log_every", m.log_every);
  v("eval_every", m.eval_every), v("eval_tokens", m.eval_tokens);
  v("checkpoint_every", m.checkpoint_every), v("data_format", m.data_format);
  v("data_tokens", m.data_tokens), v("val_fraction", m.val_fraction);
  v("synthetic", m.synthetic);
  v.Optional("mup_simple", m.mup_simple, MupSimple{}), v.Optional("sp_init", m.sp_init, "gpt2");
  v.Optional("dropout", m.dropout, 0.0), v.Optional("decay_steps", m.decay_steps, 0);
  v.Optional("max_loss", m.max_loss, 0.0);
  v.Optional("checkpoint_minutes", m.checkpoint_minutes, 0.0);
  v.Optional("estimated_memory_bytes", m.estimated_memory_bytes, 0.0);
  v.Optional("branch_steps", m.branch_steps, std::vector<int64_t>{});
}

template <class V>
void VisitFields(V& v, Is<StartOrder> auto& m) {
  v("attempt_id", m.attempt_id), v("plan", m.plan), v("data_path", m.data_path);
  v("checkpoint_dir", m.checkpoint_dir), v("resume", m.resume), v("device", m.device);
  v("threads", m.threads);
  v.Optional("trunk_dir", m.trunk_dir, ""), v.Optional("export_dir", m.export_dir, "");
  v.Optional("trace_id", m.trace_id, "");
}

template <class V>
void VisitFields(V&, Is<CheckpointOrder> auto&) {}

template <class V>
void VisitFields(V&, Is<StopOrder> auto&) {}

template <class V>
void VisitFields(V& v, Is<DeviceInfo> auto& m) {
  v("id", m.id), v("kind", m.kind), v("name", m.name), v("memory_bytes", m.memory_bytes);
}

template <class V>
void VisitFields(V& v, Is<Hello> auto& m) {
  v("protocol", m.protocol), v("trainer", m.trainer), v("devices", m.devices);
}

template <class V>
void VisitFields(V& v, Is<Started> auto& m) {
  v("attempt_id", m.attempt_id), v("parameters", m.parameters);
  v("resumed_from_step", m.resumed_from_step);
}

template <class V>
void VisitFields(V& v, Is<Measurement> auto& m) {
  v("step", m.step), v("tokens", m.tokens), v("flops", m.flops), v("loss", m.loss);
  v("learning_rate", m.learning_rate), v("grad_norm", m.grad_norm);
  v("tokens_per_second", m.tokens_per_second), v("seconds", m.seconds);
}

template <class V>
void VisitFields(V& v, Is<Evaluation> auto& m) {
  v("step", m.step), v("tokens", m.tokens), v("flops", m.flops), v("loss", m.loss);
  v("seconds", m.seconds);
}

template <class V>
void VisitFields(V& v, Is<CheckpointWritten> auto& m) {
  v("step", m.step), v("path", m.path), v("sha256", m.sha256);
}

template <class V>
void VisitFields(V& v, Is<Finished> auto& m) {
  v("final_train_loss", m.final_train_loss), v("final_val_loss", m.final_val_loss);
  v("parameters", m.parameters), v("tokens", m.tokens), v("steps", m.steps);
  v("flops", m.flops), v("seconds", m.seconds);
}

template <class V>
void VisitFields(V& v, Is<Stopped> auto& m) {
  v("step", m.step);
}

template <class V>
void VisitFields(V& v, Is<Failed> auto& m) {
  v("kind", m.kind), v("message", m.message), v("step", m.step), v("last_loss", m.last_loss);
}

}  // namespace ff::protocol
