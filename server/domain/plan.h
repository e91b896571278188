// A plan is everything a trainer needs for one experiment, fully worked out: the
// coordinator plans, the trainer obeys. Units: tokens, sequences, FLOP, nats.
// Plain values; comparable; free of any I/O.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/domain/model_shape.h"

namespace ff {

// u-muP's five multipliers (design: all 1 by default).
struct Alphas {
  double attn = 1, ffn_act = 1, res = 1, res_attn_ratio = 1, loss = 1;
  bool operator==(const Alphas&) const = default;
};

// L(N, D) = e + a / N^alpha + b / D^beta, plus seeded Gaussian noise.
struct SyntheticLaw {
  double e = 0, a = 0, alpha = 0, b = 0, beta = 0, noise_sd = 0;
  double seconds_per_step = 0;
  bool operator==(const SyntheticLaw&) const = default;
};

// Knobs of parametrization mup-simple.
struct MupSimple {
  double base_std = 0.02, base_width = 32, base_width_wd = 1024, no_decay_lr_mult = 0.1;
  bool readout_lr_scaling = false;
  bool operator==(const MupSimple&) const = default;
};

struct Plan {
  std::string mode;  // umup_gpt | synthetic | command | http
  ModelShape shape;
  int64_t parameters = 0;
  int64_t non_embedding_parameters = 0;
  int64_t batch_size = 0;  // sequences per optimizer step
  int64_t accumulation_steps = 1;
  int64_t steps = 0;
  int64_t tokens = 0;  // == steps * batch_size * shape.seq_len
  // The meaning of `flops` and of the budget: six_nd | six_nd_non_embedding | exact | exact_all |
  // chinchilla (scaling/training_flops.h). All five are kept, the run as a whole.
  std::string flop_count;
  double flops = 0;
  double flops_six_nd = 0;
  double flops_six_nd_non_embedding = 0;
  double flops_exact = 0;
  double flops_exact_all = 0;
  double flops_chinchilla = 0;
  std::string parametrization;  // u-mup | sp | mup-simple
  Alphas alphas;
  MupSimple mup_simple;
  std::string sp_init = "gpt2";  // gpt2 | fan_in
  double dropout = 0;            // of every residual branch's result
  double learning_rate = 0;      // peak
  std::string scheduler;         // cosine | linear | constant | wsd
  int64_t warmup_steps = 0;
  int64_t decay_steps = 0;  // wsd: the last ones, in which the rate falls
  double min_lr_ratio = 0;
  double weight_decay = 0;
  double max_grad_norm = 0;  // 0: no clipping
  double adam_beta1 = 0, adam_beta2 = 0, adam_eps = 0;
  int64_t seed = 0;
  std::string device;  // auto | cpu | cuda
  int64_t num_threads = 0;
  std::string dtype;  // float32 | bfloat16 | fp8
  int64_t log_every = 0, eval_every = 0, eval_tokens = 0, checkpoint_every = 0;
  double checkpoint_minutes = 0;  // 0: by steps alone
  double max_loss = 0;            // nats a token; above it a run has diverged; 0: no bound
  bool keep_weights = false;      // leave them as safetensors on the worker
  // wsd, where experiments share their stable phase: what it is named by, and the steps after
  // which any of them begins to decay, ascending.
  std::string trunk;
  std::vector<int64_t> branch_steps;
  std::string data_path;
  std::string data_format;  // bytes | uint16 | uint32 | llmc | npy
  std::string data_fingerprint;
  int64_t data_tokens = 0;
  double val_fraction = 0;
  std::string data_sha256;  // the dataset in the coordinator's files; empty: it is not there
  SyntheticLaw synthetic;
  double estimated_memory_bytes = 0;  // an estimate; not part of the content hash

  bool operator==(const Plan&) const = default;
};

// First 16 hex digits of the SHA-256 over the fields that decide what a training run
// computes (eval_tokens included: it decides the final loss): not data_path or data_sha256 (the
// fingerprint stands for the data), not how often it logs, evaluates or checkpoints, not where it
// runs (device, threads), not estimates. The same content has the same id in every sweep, on every
// machine, after every re-plan.
std::string ExperimentId(const Plan& plan);

// The same for what a run computes up to its decay: plans of equal trunks do the same steps until
// the earlier of them begins to decay. Empty for every schedule but wsd.
std::string TrunkId(const Plan& plan);

}  // namespace ff
