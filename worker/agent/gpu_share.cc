#include "worker/agent/gpu_share.h"

#include <algorithm>

namespace ff::agent {
namespace {

// Measured on an H100 (BENCHMARKS.md): eight experiments of 5e9 FLOP a step train twice as fast
// side by side, two of 8e10 FLOP no faster than one after the other.
constexpr double kFillingFlops = 4e10;
// Room for what the sum below does not know: workspaces, graphs, fragments.
constexpr double kMargin = 1.4, kSpareBytes = 2e9;

// Bytes of training: a weight has master, two moments, gradient and narrow copy; a token keeps
// norms, q, k, v, attention, up, gate and their product in each layer; logits come in pieces of
// a gibibyte.
double Bytes(const v1::Plan& plan) {
  const v1::ModelShape& s = plan.shape();
  const double width = plan.dtype() == "float32" ? 4 : 2;
  const double tokens = double(plan.batch_size()) * s.seq_len() / plan.accumulation_steps();
  const double layer = 7.0 * s.d_model() + 3.0 * s.d_ff();
  const double activations =
      tokens * width * (layer * s.layers() + 6.0 * s.d_model() + 3.0 * s.d_ff());
  const double logits = std::min(tokens * s.vocab_size() * width, double(1 << 30));
  return kMargin * (20.0 * double(plan.parameters()) + activations + logits) + kSpareBytes / 8;
}

}  // namespace

double GpuShare(const v1::Plan& plan, const v1::Device& device) {
  const double steps = double(plan.steps()) * double(plan.accumulation_steps());
  const double arithmetic = std::min(plan.flops() / std::max(steps, 1.0) / kFillingFlops, 0.5);
  const double memory =
      device.memory_bytes() > kSpareBytes ? Bytes(plan) / (device.memory_bytes() - kSpareBytes) : 1;
  return std::clamp(std::max(arithmetic, memory), 1.0 / kAutoGpuSlots, 1.0);
}

}  // namespace ff::agent
