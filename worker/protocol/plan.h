// The plan as a trainer gets it: the same facts as ff.v1.Plan, without protobuf, since a
// trainer links LibTorch, whose wheel carries protobuf symbols of its own. Plain values.
// JSON field names are the member names; see README.md for the protocol round it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ff::protocol {

struct ModelShape {
  int64_t layers = 0, d_model = 0, heads = 0, kv_heads = 0, d_ff = 0, vocab_size = 0, seq_len = 0;
  bool tied_head = false, norm_gains = false;
  bool operator==(const ModelShape&) const = default;
};

struct Alphas {
  double attn = 1, ffn_act = 1, res = 1, res_attn_ratio = 1, loss = 1;
  bool operator==(const Alphas&) const = default;
};

struct SyntheticLaw {
  double e = 0, a = 0, alpha = 0, b = 0, beta = 0, noise_sd = 0, seconds_per_step = 0;
  bool operator==(const SyntheticLaw&) const = default;
};

struct MupSimple {
  double base_std = 0.02, base_width = 32, base_width_wd = 1024, no_decay_lr_mult = 0.1;
  bool readout_lr_scaling = false;
  bool operator==(const MupSimple&) const = default;
};

struct Plan {
  std::string mode;  // umup_gpt | synthetic
  ModelShape shape;
  int64_t parameters = 0, non_embedding_parameters = 0;
  int64_t batch_size = 0, accumulation_steps = 1, steps = 0, tokens = 0;
  double flops = 0;  // of the whole run, by flop_count
  std::string flop_count, parametrization;
  Alphas alphas;
  double learning_rate = 0;  // peak
  std::string scheduler;     // cosine | linear | constant | wsd
  int64_t warmup_steps = 0;
  double min_lr_ratio = 0, weight_decay = 0, max_grad_norm = 0;
  double adam_beta1 = 0, adam_beta2 = 0, adam_eps = 0;
  int64_t seed = 0;
  std::string dtype;  // float32 | bfloat16 | fp8
  int64_t log_every = 1, eval_every = 0, eval_tokens = 0, checkpoint_every = 0;
  std::string data_format;  // bytes | uint16 | uint32 | llmc | npy
  int64_t data_tokens = 0;  // as planned; a file of another length is bad_data
  double val_fraction = 0;
  SyntheticLaw synthetic;
  // Absent from a line where they have these values.
  MupSimple mup_simple;
  std::string sp_init = "gpt2";       // gpt2 | fan_in
  double dropout = 0;                 // of every residual branch's result
  int64_t decay_steps = 0;            // wsd: the last ones, in which the rate falls
  double max_loss = 0;                // nats a token; above it the run has diverged; 0: no bound
  double checkpoint_minutes = 0;      // 0: by steps alone
  double estimated_memory_bytes = 0;  // what the planner expected; 0: not known
  std::vector<int64_t> branch_steps;  // wsd: after these the state is kept for shorter runs
  bool operator==(const Plan&) const = default;
};

}  // namespace ff::protocol
