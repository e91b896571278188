#include "worker/agent/gpu_share.h"

#include <algorithm>

namespace ff::agent {
namespace {

// Measured on an H100 (BENCHMARKS.md): eight experiments of 5e9 FLOP a step train twice as fast
// side by side, two of 8e10 FLOP no faster than one after the other.
constexpr double kFillingFlops = 4e10;
// The plan's estimate is within 15 % of the peak; CUDA itself takes some 0.5 GB of a device, and
// graphs, modules and fragments of eight experiments no more than as much again.
constexpr double kMargin = 1.2, kSpareBytes = 1e9;

// A plan that nobody estimated is trained alone.
double MemoryShare(double estimate, double device_bytes) {
  if (estimate <= 0 || device_bytes <= kSpareBytes) return 1;
  return kMargin * estimate / (device_bytes - kSpareBytes);
}

}  // namespace

double GpuShare(const v1::Plan& plan, const v1::Device& device) {
  const double steps = double(plan.steps()) * double(plan.accumulation_steps());
  const double arithmetic = std::min(plan.flops() / std::max(steps, 1.0) / kFillingFlops, 0.5);
  const double memory = MemoryShare(plan.estimated_memory_bytes(), device.memory_bytes());
  return std::clamp(std::max(arithmetic, memory), 1.0 / kAutoGpuSlots, 1.0);
}

}  // namespace ff::agent
