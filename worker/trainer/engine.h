// What computes an experiment's steps: model, optimizer and device memory, behind one
// interface. A step is staged (host work), launched (device work begins) and finished
// (results are there), so that a caller can prepare the next one while a device is busy. With
// other ranks (rank_group.h) each computes its share, and gradients and losses are added up before
// the update, which is then the same on all. LibTorch's exceptions pass through. For one thread
// at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "worker/protocol/plan.h"
#include "worker/recipe/micro_batches.h"
#include "worker/trainer/rank_group.h"

namespace ff::trainer {

// One micro-batch: samples of seq_len + 1 tokens, one after another.
using Tokens = std::vector<int64_t>;

// What of each step's batch this process computes.
struct BatchShare {
  std::vector<recipe::MicroBatch> pieces;
  RankGroup* group = nullptr;  // who computes the rest; null: nobody
};
BatchShare ShareOf(const protocol::Plan& plan, RankGroup* group);

// A step that came to nothing because another rank could not do its part; that one knows why.
struct OtherRankFailed : std::exception {
  const char* what() const noexcept override { return "another rank could not do its part"; }
};

struct StepOutcome {
  double loss_sum = 0;   // over the step's tokens, on all ranks, before the update
  double grad_norm = 0;  // before clipping; NaN where it was not asked for
};

class Engine {
 public:
  virtual ~Engine() = default;

  virtual void Stage(const std::vector<Tokens>& pieces) = 0;
  // After Stage, what the first step needs beside it. True: there is more of it, to be asked for
  // when all ranks have come so far. Launch does what was not asked for.
  virtual bool Prepare() { return false; }
  // Optimizer step `step` (from 0) on what was staged, with `rate_factor` of the peak rates. A
  // loss that is not finite leaves weights and moments as they were.
  virtual void Launch(int64_t step, double rate_factor, bool want_norm) = 0;
  virtual StepOutcome Finish() = 0;
  // With a group: whether a Launch that throws does so on all ranks.
  virtual bool FailsOnAllRanks() const { return true; }

  virtual double LossSum(const Tokens& tokens) = 0;  // no update, by this process alone

  // Views of weights, "adam.m.<name>" and "adam.v.<name>"; writing to them restores a run,
  // after which Restored says how many steps are done.
  virtual std::vector<std::pair<std::string, at::Tensor>> NamedTensors() = 0;
  virtual void Restored(int64_t steps) = 0;
};

// By passes written out and without allocation from step to step, on the CPU; null for plans
// that they do not serve (bfloat16 where the processor has no products of it).
std::unique_ptr<Engine> MakeCpuEngine(const protocol::Plan& plan, RankGroup* group = nullptr);

// By autograd, on any device.
std::unique_ptr<Engine> MakeAutogradEngine(const protocol::Plan& plan, at::Device device,
                                           RankGroup* group = nullptr);

// By kernels of worker/kernels, captured in a CUDA graph; null for plans that they do not serve
// (odd widths, very large vocabularies) and in builds without them.
std::unique_ptr<Engine> MakeCudaEngine(const protocol::Plan& plan, at::Device device,
                                       RankGroup* group = nullptr);

}  // namespace ff::trainer
