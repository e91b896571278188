#include "server/storage/sqlite/json_text.h"

#include "server/storage/sqlite/fit_fields.h"
#include "server/storage/sqlite/json_fields.h"

namespace ff {

// Found by argument-dependent lookup from the visitors.
template <typename V>
void Fields(V& v, ModelShape& s) {
  v("layers", s.layers), v("d_model", s.d_model), v("heads", s.heads), v("kv_heads", s.kv_heads);
  v("d_ff", s.d_ff), v("vocab_size", s.vocab_size), v("seq_len", s.seq_len);
  v("tied_head", s.tied_head), v("norm_gains", s.norm_gains);
}
template <typename V>
void Fields(V& v, Alphas& a) {
  v("attn", a.attn), v("ffn_act", a.ffn_act), v("res", a.res);
  v("res_attn_ratio", a.res_attn_ratio), v("loss", a.loss);
}
template <typename V>
void Fields(V& v, SyntheticLaw& s) {
  v("e", s.e), v("a", s.a), v("alpha", s.alpha), v("b", s.b), v("beta", s.beta);
  v("noise_sd", s.noise_sd), v("seconds_per_step", s.seconds_per_step);
}
template <typename V>
void Fields(V& v, MupSimple& m) {
  v("base_std", m.base_std), v("base_width", m.base_width), v("base_width_wd", m.base_width_wd);
  v("no_decay_lr_mult", m.no_decay_lr_mult), v("readout_lr_scaling", m.readout_lr_scaling);
}
template <typename V>
void Fields(V& v, Plan& p) {
  v("mode", p.mode), v("shape", p.shape), v("parameters", p.parameters);
  v("non_embedding_parameters", p.non_embedding_parameters);
  v("batch_size", p.batch_size), v("accumulation_steps", p.accumulation_steps);
  v("steps", p.steps), v("tokens", p.tokens), v("flop_count", p.flop_count);
  v("flops", p.flops), v("flops_six_nd", p.flops_six_nd), v("flops_exact", p.flops_exact);
  v("flops_six_nd_non_embedding", p.flops_six_nd_non_embedding);
  v("flops_exact_all", p.flops_exact_all), v("flops_chinchilla", p.flops_chinchilla);
  v("parametrization", p.parametrization), v("alphas", p.alphas);
  v("learning_rate", p.learning_rate), v("scheduler", p.scheduler);
  v("warmup_steps", p.warmup_steps), v("min_lr_ratio", p.min_lr_ratio);
  v("weight_decay", p.weight_decay), v("max_grad_norm", p.max_grad_norm);
  v("adam_beta1", p.adam_beta1), v("adam_beta2", p.adam_beta2), v("adam_eps", p.adam_eps);
  v("seed", p.seed), v("device", p.device), v("num_threads", p.num_threads), v("dtype", p.dtype);
  v("log_every", p.log_every), v("eval_every", p.eval_every), v("eval_tokens", p.eval_tokens);
  v("checkpoint_every", p.checkpoint_every), v("data_path", p.data_path);
  v("data_format", p.data_format), v("data_fingerprint", p.data_fingerprint);
  v("data_tokens", p.data_tokens), v("val_fraction", p.val_fraction);
  v("data_sha256", p.data_sha256);
  v("synthetic", p.synthetic), v("estimated_memory_bytes", p.estimated_memory_bytes);
  v("dropout", p.dropout), v("decay_steps", p.decay_steps), v("max_loss", p.max_loss);
  v("checkpoint_minutes", p.checkpoint_minutes), v("mup_simple", p.mup_simple);
  v("sp_init", p.sp_init), v("branch_steps", p.branch_steps), v("trunk", p.trunk);
  v("keep_weights", p.keep_weights);
}
template <typename V>
void Fields(V& v, DroppedCell& c) {
  v("budget_flops", c.budget_flops), v("target_parameters", c.target_parameters);
  v("reason", c.reason);
}
template <typename V>
void Fields(V& v, StoredFile& f) {
  v("name", f.name), v("sha256", f.sha256), v("bytes", f.bytes);
}
template <typename V>
void Fields(V& v, StoredCheckpoint& c) {
  v("step", c.step), v("files", c.files);
}
template <typename V>
void Fields(V& v, Device& d) {
  v("id", d.id), v("kind", d.kind), v("name", d.name), v("memory_bytes", d.memory_bytes);
  v("slots", d.slots);
  v("free_slots", d.free_slots), v("free_memory_bytes", d.free_memory_bytes);
  v("temperature_celsius", d.temperature_celsius), v("utilization", d.utilization);
}

namespace storage {
namespace {

// Lists have no name of their own in JSON: they are kept under one.
template <typename T>
struct Listed {
  std::vector<T> items;
};
template <typename V, typename T>
void Fields(V& v, Listed<T>& list) {
  v("items", list.items);
}

template <typename T>
absl::StatusOr<std::vector<T>> ReadList(const std::string& text) {
  absl::StatusOr<Listed<T>> list = ReadFields<Listed<T>>(text);
  if (!list.ok()) return list.status();
  return std::move(list->items);
}

}  // namespace

std::string PlanToJson(const Plan& plan) { return WriteFields(plan); }
std::string FitToJson(const Fit& fit) { return WriteFields(fit); }
std::string DroppedToJson(const std::vector<DroppedCell>& dropped) {
  return WriteFields(Listed<DroppedCell>{dropped});
}
std::string DevicesToJson(const std::vector<Device>& devices) {
  return WriteFields(Listed<Device>{devices});
}
std::string WordsToJson(const std::vector<std::string>& words) {
  if (words.empty()) return "[]";  // most lists are, and each call has several
  return nlohmann::json(words).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string StoredToJson(const StoredCheckpoint& checkpoint) { return WriteFields(checkpoint); }

absl::StatusOr<StoredCheckpoint> StoredFromJson(const std::string& text) {
  return ReadFields<StoredCheckpoint>(text);
}
absl::StatusOr<std::vector<std::string>> WordsFromJson(const std::string& text) {
  if (text == "[]") return std::vector<std::string>();
  try {
    return nlohmann::json::parse(text).get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(absl::StrCat("stored JSON cannot be read: ", error.what()));
  }
}
absl::StatusOr<Plan> PlanFromJson(const std::string& text) { return ReadFields<Plan>(text); }
absl::StatusOr<Fit> FitFromJson(const std::string& text) { return ReadFields<Fit>(text); }
absl::StatusOr<std::vector<DroppedCell>> DroppedFromJson(const std::string& text) {
  return ReadList<DroppedCell>(text);
}
absl::StatusOr<std::vector<Device>> DevicesFromJson(const std::string& text) {
  return ReadList<Device>(text);
}

}  // namespace storage
}  // namespace ff
