#include "server/convert/plan.h"

namespace ff::convert {
namespace {

void SetSize(const Plan& plan, v1::Plan* proto) {
  *proto->mutable_shape() = ToProto(plan.shape);
  proto->set_parameters(plan.parameters);
  proto->set_non_embedding_parameters(plan.non_embedding_parameters);
  proto->set_batch_size(plan.batch_size);
  proto->set_accumulation_steps(plan.accumulation_steps);
  proto->set_steps(plan.steps);
  proto->set_tokens(plan.tokens);
  proto->set_flop_count(plan.flop_count);
  proto->set_flops(plan.flops);
  proto->set_flops_six_nd(plan.flops_six_nd);
  proto->set_flops_six_nd_non_embedding(plan.flops_six_nd_non_embedding);
  proto->set_flops_exact(plan.flops_exact);
  proto->set_flops_exact_all(plan.flops_exact_all);
  proto->set_flops_chinchilla(plan.flops_chinchilla);
  proto->set_estimated_memory_bytes(plan.estimated_memory_bytes);
}

void SetOptimizer(const Plan& plan, v1::Plan* proto) {
  proto->set_learning_rate(plan.learning_rate);
  proto->set_scheduler(plan.scheduler);
  proto->set_warmup_steps(plan.warmup_steps);
  proto->set_min_lr_ratio(plan.min_lr_ratio);
  proto->set_weight_decay(plan.weight_decay);
  proto->set_max_grad_norm(plan.max_grad_norm);
  proto->set_adam_beta1(plan.adam_beta1);
  proto->set_adam_beta2(plan.adam_beta2);
  proto->set_adam_eps(plan.adam_eps);
  proto->set_decay_steps(plan.decay_steps);
  proto->set_dropout(plan.dropout);
  proto->set_max_loss(plan.max_loss);
}

void SetRun(const Plan& plan, v1::Plan* proto) {
  proto->set_seed(plan.seed);
  proto->set_device(plan.device);
  proto->set_num_threads(plan.num_threads);
  proto->set_dtype(plan.dtype);
  proto->set_log_every(plan.log_every);
  proto->set_eval_every(plan.eval_every);
  proto->set_eval_tokens(plan.eval_tokens);
  proto->set_checkpoint_every(plan.checkpoint_every);
  proto->set_checkpoint_minutes(plan.checkpoint_minutes);
  proto->set_keep_weights(plan.keep_weights);
  proto->set_trunk(plan.trunk);
  for (const int64_t step : plan.branch_steps) proto->add_branch_steps(step);
}

void SetData(const Plan& plan, v1::Plan* proto) {
  proto->set_data_path(plan.data_path);
  proto->set_data_format(plan.data_format);
  proto->set_data_fingerprint(plan.data_fingerprint);
  proto->set_data_sha256(plan.data_sha256);
  proto->set_data_tokens(plan.data_tokens);
  proto->set_val_fraction(plan.val_fraction);
}

}  // namespace

v1::ModelShape ToProto(const ModelShape& shape) {
  v1::ModelShape proto;
  proto.set_layers(shape.layers);
  proto.set_d_model(shape.d_model);
  proto.set_heads(shape.heads);
  proto.set_kv_heads(shape.kv_heads);
  proto.set_d_ff(shape.d_ff);
  proto.set_vocab_size(shape.vocab_size);
  proto.set_seq_len(shape.seq_len);
  proto.set_tied_head(shape.tied_head);
  proto.set_norm_gains(shape.norm_gains);
  return proto;
}

v1::Alphas ToProto(const Alphas& alphas) {
  v1::Alphas proto;
  proto.set_attn(alphas.attn);
  proto.set_ffn_act(alphas.ffn_act);
  proto.set_res(alphas.res);
  proto.set_res_attn_ratio(alphas.res_attn_ratio);
  proto.set_loss(alphas.loss);
  return proto;
}

v1::MupSimple ToProto(const MupSimple& simple) {
  v1::MupSimple proto;
  proto.set_base_std(simple.base_std);
  proto.set_base_width(simple.base_width);
  proto.set_base_width_wd(simple.base_width_wd);
  proto.set_no_decay_lr_mult(simple.no_decay_lr_mult);
  proto.set_readout_lr_scaling(simple.readout_lr_scaling);
  return proto;
}

v1::SyntheticLaw ToProto(const SyntheticLaw& law) {
  v1::SyntheticLaw proto;
  proto.set_e(law.e);
  proto.set_a(law.a);
  proto.set_alpha(law.alpha);
  proto.set_b(law.b);
  proto.set_beta(law.beta);
  proto.set_noise_sd(law.noise_sd);
  proto.set_seconds_per_step(law.seconds_per_step);
  return proto;
}

v1::Plan ToProto(const Plan& plan) {
  v1::Plan proto;
  proto.set_mode(plan.mode);
  proto.set_parametrization(plan.parametrization);
  *proto.mutable_alphas() = ToProto(plan.alphas);
  *proto.mutable_mup_simple() = ToProto(plan.mup_simple);
  proto.set_sp_init(plan.sp_init);
  *proto.mutable_synthetic() = ToProto(plan.synthetic);
  SetSize(plan, &proto);
  SetOptimizer(plan, &proto);
  SetRun(plan, &proto);
  SetData(plan, &proto);
  return proto;
}

}  // namespace ff::convert
