// Finds a real transformer for a wanted number of parameters. Among all shapes within the
// tolerance the one nearest to the preferred aspect ratio (d_model / layers) and
// feed-forward ratio (d_ff / d_model) wins; d_ff is what gives way, by at most a factor of
// kMaxFfnStretch, so that widths stay multiples of d_model_multiple. Pure; thread-safe.
#pragma once

#include "absl/status/statusor.h"
#include "server/domain/sweep.h"

namespace ff::scaling {

// d_ff lies within ffn_ratio * d_model divided and multiplied by this.
inline constexpr double kMaxFfnStretch = 1.5;

// `base` gives vocab_size, seq_len, tied_head and norm_gains; kv_heads becomes heads /
// rules.heads_per_kv_head. The head count is the option that divides d_model, leaves an even head
// dimension (RoPE turns pairs), if possible one that is a multiple of 8 and at most 128 (the
// trainer's GPU kernels know those), and comes nearest to 64 wide heads. NOT_FOUND: no shape within
// size_tolerance; the message says how near the best one is.
absl::StatusOr<ModelShape> FindShape(double target_parameters, const ArchitectureSpec& rules,
                                     const ModelShape& base);

}  // namespace ff::scaling
