#include "worker/agent/plan_for_trainer.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ff::agent {
namespace {

namespace fs = std::filesystem;

protocol::ModelShape ShapeForTrainer(const v1::ModelShape& shape) {
  return {shape.layers(),     shape.d_model(), shape.heads(),     shape.kv_heads(),  shape.d_ff(),
          shape.vocab_size(), shape.seq_len(), shape.tied_head(), shape.norm_gains()};
}

protocol::Alphas AlphasForTrainer(const v1::Alphas& alphas) {
  return {alphas.attn(), alphas.ffn_act(), alphas.res(), alphas.res_attn_ratio(), alphas.loss()};
}

protocol::SyntheticLaw LawForTrainer(const v1::SyntheticLaw& law) {
  return {law.e(),    law.a(),        law.alpha(),           law.b(),
          law.beta(), law.noise_sd(), law.seconds_per_step()};
}

protocol::MupSimple MupSimpleForTrainer(const v1::MupSimple& simple) {
  return {simple.base_std(), simple.base_width(), simple.base_width_wd(), simple.no_decay_lr_mult(),
          simple.readout_lr_scaling()};
}

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

protocol::Plan PlanForTrainer(const v1::Plan& plan) {
  protocol::Plan out;
  out.mode = plan.mode();
  out.shape = ShapeForTrainer(plan.shape());
  out.parameters = plan.parameters();
  out.non_embedding_parameters = plan.non_embedding_parameters();
  out.batch_size = plan.batch_size(), out.accumulation_steps = plan.accumulation_steps();
  out.steps = plan.steps(), out.tokens = plan.tokens();
  out.flops = plan.flops(), out.flop_count = plan.flop_count();
  out.parametrization = plan.parametrization();
  out.alphas = AlphasForTrainer(plan.alphas());
  out.learning_rate = plan.learning_rate(), out.scheduler = plan.scheduler();
  out.warmup_steps = plan.warmup_steps(), out.min_lr_ratio = plan.min_lr_ratio();
  out.weight_decay = plan.weight_decay(), out.max_grad_norm = plan.max_grad_norm();
  out.adam_beta1 = plan.adam_beta1(), out.adam_beta2 = plan.adam_beta2();
  out.adam_eps = plan.adam_eps();
  out.seed = plan.seed(), out.dtype = plan.dtype();
  out.log_every = plan.log_every(), out.eval_every = plan.eval_every();
  out.eval_tokens = plan.eval_tokens(), out.checkpoint_every = plan.checkpoint_every();
  out.data_format = plan.data_format(), out.data_tokens = plan.data_tokens();
  out.val_fraction = plan.val_fraction();
  out.synthetic = LawForTrainer(plan.synthetic());
  if (plan.has_mup_simple()) out.mup_simple = MupSimpleForTrainer(plan.mup_simple());
  if (!plan.sp_init().empty()) out.sp_init = plan.sp_init();
  out.dropout = plan.dropout(), out.decay_steps = plan.decay_steps();
  out.max_loss = plan.max_loss(), out.checkpoint_minutes = plan.checkpoint_minutes();
  out.estimated_memory_bytes = plan.estimated_memory_bytes();
  out.branch_steps = {plan.branch_steps().begin(), plan.branch_steps().end()};
  return out;
}

absl::StatusOr<std::string> FindData(const v1::Plan& plan,
                                     const std::vector<std::string>& folders) {
  if (plan.mode() == "synthetic") return std::string();
  if (plan.mode() == "http") return plan.data_path();  // where the service looks for it
  if (IsFile(plan.data_path())) return plan.data_path();
  const fs::path name = fs::path(plan.data_path()).filename();
  for (const std::string& folder : folders) {
    if (!name.empty() && IsFile(fs::path(folder) / name)) return (fs::path(folder) / name).string();
  }
  const std::string looked = folders.empty() ? "paths.data names no folder to look in"
                                             : absl::StrCat("nor is ", name.string(), " in ",
                                                            absl::StrJoin(folders, ", "));
  return absl::NotFoundError(
      absl::StrCat("the dataset ", plan.data_path(), " is not on this host, ", looked,
                   "; copy it here and name its folder in paths.data of conf/worker.yaml"));
}

}  // namespace ff::agent
