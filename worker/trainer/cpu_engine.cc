// The engine of CpuDecoder, nothing allocated from step to step in float32. In bfloat16 the
// larger products of weights are rounded (and ATen allocates); everything else stays float32.
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

#include "worker/trainer/cpu_decoder.h"
#include "worker/trainer/cpu_gemm.h"
#include "worker/trainer/cpu_weights.h"
#include "worker/trainer/engine.h"

namespace ff::trainer {
namespace {

int64_t LargestPiece(const BatchShare& share) {
  int64_t largest = 0;
  for (const auto& piece : share.pieces) largest = std::max(largest, piece.size);
  return largest;
}

class CpuEngine : public Engine {
 public:
  CpuEngine(const protocol::Plan& plan, RankGroup* group)
      : plan_(plan),
        group_(group),
        weights_(plan),
        decoder_(plan, weights_, LargestPiece(ShareOf(plan, group))) {}

  void Stage(const std::vector<Tokens>& pieces) override {
    staged_.resize(pieces.size());
    for (size_t i = 0; i < pieces.size(); ++i) {
      staged_[i].assign(pieces[i].begin(), pieces[i].end());
    }
  }

  void Launch(int64_t step, double rate_factor, bool want_norm) override {
    outcome_ = {0, std::numeric_limits<double>::quiet_NaN()};
    if (group_ == nullptr) {
      Passes();
    } else {
      PassesOfAll();
    }
    if (!std::isfinite(outcome_.loss_sum)) return;
    double clip = 1;
    if (want_norm || plan_.max_grad_norm > 0) {
      outcome_.grad_norm = weights_.GradNorm();
      if (plan_.max_grad_norm > 0 && outcome_.grad_norm > plan_.max_grad_norm) {
        clip = plan_.max_grad_norm / outcome_.grad_norm;
      }
    }
    weights_.Step(step, rate_factor, clip);
  }
  StepOutcome Finish() override { return outcome_; }

  double LossSum(const Tokens& tokens) override { return decoder_.Run({tokens, true, false}); }

  std::vector<std::pair<std::string, at::Tensor>> NamedTensors() override {
    return weights_.NamedTensors();
  }
  void Restored(int64_t) override {}

 private:
  void Passes() {
    for (size_t i = 0; i < staged_.size(); ++i) {
      outcome_.loss_sum += decoder_.Run({staged_[i], i == 0, true});
    }
  }

  // What goes wrong on one rank must not leave the others waiting for its gradients.
  void PassesOfAll() {
    std::exception_ptr error;
    try {
      Passes();
    } catch (...) {
      error = std::current_exception();
    }
    double loss_and_errors[2] = {outcome_.loss_sum, error == nullptr ? 0.0 : 1.0};
    group_->SumOnHost(loss_and_errors, 2);
    if (error != nullptr) std::rethrow_exception(error);
    if (loss_and_errors[1] > 0) throw OtherRankFailed();
    outcome_.loss_sum = loss_and_errors[0];
    weights_.SumGradients(*group_);
  }

  const protocol::Plan plan_;
  RankGroup* const group_;
  CpuWeights weights_;
  CpuDecoder decoder_;
  std::vector<Tokens> staged_;
  StepOutcome outcome_;
};

}  // namespace

BatchShare ShareOf(const protocol::Plan& plan, RankGroup* group) {
  const int64_t rank = group == nullptr ? 0 : group->rank();
  const int64_t ranks = group == nullptr ? 1 : group->ranks();
  return {recipe::MicroBatchesOfRank(plan.batch_size, plan.accumulation_steps, rank, ranks), group};
}

std::unique_ptr<Engine> MakeCpuEngine(const protocol::Plan& plan, RankGroup* group) {
  const bool narrow = plan.dtype == "bfloat16" && cpu::HasNarrowProducts();
  if (plan.dtype != "float32" && !narrow) return nullptr;
  return std::make_unique<CpuEngine>(plan, group);
}

}  // namespace ff::trainer
