// What computes an experiment's steps: model, optimizer and device memory, behind one
// interface. A step is staged (host work), launched (device work begins) and finished
// (results are there), so that a caller can prepare the next one while a device is busy.
// LibTorch's exceptions pass through. For one thread at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "worker/protocol/plan.h"

namespace ff::trainer {

// One micro-batch: samples of seq_len + 1 tokens, one after another.
using Tokens = std::vector<int64_t>;

struct StepOutcome {
  double loss_sum = 0;   // over the step's tokens, before the update
  double grad_norm = 0;  // before clipping; NaN where it was not asked for
};

class Engine {
 public:
  virtual ~Engine() = default;

  virtual void Stage(const std::vector<Tokens>& pieces) = 0;
  // Optimizer step `step` (from 0) on what was staged, with `rate_factor` of the peak rates. A
  // loss that is not finite leaves weights and moments as they were.
  virtual void Launch(int64_t step, double rate_factor, bool want_norm) = 0;
  virtual StepOutcome Finish() = 0;

  virtual double LossSum(const Tokens& tokens) = 0;  // no update

  // Views of weights, "adam.m.<name>" and "adam.v.<name>"; writing to them restores a run,
  // after which Restored says how many steps are done.
  virtual std::vector<std::pair<std::string, at::Tensor>> NamedTensors() = 0;
  virtual void Restored(int64_t steps) = 0;
};

// By passes written out and without allocation from step to step, on the CPU; null for plans
// that they do not serve (bfloat16 where the processor has no products of it).
std::unique_ptr<Engine> MakeCpuEngine(const protocol::Plan& plan);

// By autograd, on any device.
std::unique_ptr<Engine> MakeAutogradEngine(const protocol::Plan& plan, at::Device device);

// By kernels of worker/kernels, captured in a CUDA graph; null for plans that they do not serve
// (odd widths, very large vocabularies) and in builds without them.
std::unique_ptr<Engine> MakeCudaEngine(const protocol::Plan& plan, at::Device device);

}  // namespace ff::trainer
