#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <exception>
#include <limits>

#include "worker/recipe/model_scales.h"
#include "worker/trainer/engine.h"
#include "worker/trainer/gpt.h"
#include "worker/trainer/optimizer.h"

namespace ff::trainer {
namespace {

class AutogradEngine : public Engine {
 public:
  AutogradEngine(const protocol::Plan& plan, at::Device device, const BatchShare& share)
      : plan_(plan),
        group_(share.group),
        first_sample_(share.pieces.front().first),
        device_(device),
        specs_(recipe::ParameterSpecs(plan)),
        gpt_(plan.shape, recipe::ScalesFor(plan), specs_, plan.seed,
             {device, plan.dtype == "bfloat16" ? at::kBFloat16 : at::kFloat}),
        optimizer_(gpt_.parameters(), specs_, {plan.adam_beta1, plan.adam_beta2, plan.adam_eps}) {}

  void Stage(const std::vector<Tokens>& pieces) override { staged_ = pieces; }

  void Launch(int64_t step, double rate_factor, bool want_norm) override {
    if (group_ == nullptr) {
      outcome_.loss_sum = Passes(step);
    } else {
      PassesOfAll(step);
    }
    if (!std::isfinite(outcome_.loss_sum)) return;
    outcome_.grad_norm = Clip(want_norm);
    optimizer_.Step(rate_factor);
  }
  StepOutcome Finish() override { return outcome_; }

  double LossSum(const Tokens& tokens) override {
    at::NoGradGuard no_grad;
    return Loss(tokens, nullptr).item<double>();
  }

  std::vector<std::pair<std::string, at::Tensor>> NamedTensors() override {
    std::vector<std::pair<std::string, at::Tensor>> named;
    for (size_t i = 0; i < specs_.size(); ++i) {
      named.emplace_back(specs_[i].name, gpt_.parameters()[i].detach());
      named.emplace_back("adam.m." + specs_[i].name, optimizer_.first_moments()[i]);
      named.emplace_back("adam.v." + specs_[i].name, optimizer_.second_moments()[i]);
    }
    return named;
  }
  void Restored(int64_t steps) override { optimizer_.set_steps(steps); }

 private:
  double Passes(int64_t step) {
    at::Tensor sum = at::zeros({}, at::TensorOptions(device_));
    recipe::DropoutPlace place{plan_.seed, step, first_sample_};
    for (const Tokens& tokens : staged_) {
      const at::Tensor loss = Loss(tokens, &place);
      loss.backward();
      sum += loss.detach();
      place.first_sample += Samples(tokens);
    }
    return sum.item<double>();
  }

  // What goes wrong on one rank must not leave the others waiting for its gradients.
  void PassesOfAll(int64_t step) {
    std::exception_ptr error;
    double loss_and_errors[2] = {0, 0};
    try {
      loss_and_errors[0] = Passes(step);
    } catch (...) {
      error = std::current_exception();
      loss_and_errors[1] = 1;
    }
    group_->SumOnHost(loss_and_errors, 2);
    if (error != nullptr) std::rethrow_exception(error);
    if (loss_and_errors[1] > 0) throw OtherRankFailed();
    outcome_.loss_sum = loss_and_errors[0];
    if (!std::isfinite(outcome_.loss_sum)) return;
    for (const at::Tensor& parameter : gpt_.parameters()) group_->BeginSum(parameter.grad());
    group_->FinishSums();
  }

  // The sum of losses over the samples of `tokens`, [n, seq_len + 1] flat.
  at::Tensor Loss(const Tokens& tokens, const recipe::DropoutPlace* place) const {
    const int64_t length = plan_.shape.seq_len;
    int64_t* data = const_cast<int64_t*>(tokens.data());  // read alone
    const at::Tensor all =
        at::from_blob(data, {Samples(tokens), length + 1}, at::kLong).to(device_);
    const at::Tensor ids = all.narrow(1, 0, length).contiguous();
    return gpt_.LossSum(gpt_.Logits(ids, place), all.narrow(1, 1, length));
  }

  int64_t Samples(const Tokens& tokens) const {
    return static_cast<int64_t>(tokens.size()) / (plan_.shape.seq_len + 1);
  }

  double Clip(bool want_norm) {
    if (!want_norm && plan_.max_grad_norm <= 0) return std::numeric_limits<double>::quiet_NaN();
    const double norm = optimizer_.GradNorm().item<double>();
    if (plan_.max_grad_norm > 0 && norm > plan_.max_grad_norm) {
      optimizer_.ScaleGradients(at::scalar_tensor(plan_.max_grad_norm / norm).to(device_));
    }
    return norm;
  }

  const protocol::Plan plan_;
  RankGroup* const group_;
  const int64_t first_sample_;
  const at::Device device_;
  const std::vector<recipe::ParameterSpec> specs_;
  Gpt gpt_;
  Optimizer optimizer_;
  std::vector<Tokens> staged_;
  StepOutcome outcome_;
};

}  // namespace

std::unique_ptr<Engine> MakeAutogradEngine(const protocol::Plan& plan, at::Device device,
                                           RankGroup* group) {
  return std::make_unique<AutogradEngine>(plan, device, ShareOf(plan, group));
}

#ifndef FF_HAVE_CUDA
std::unique_ptr<Engine> MakeCudaEngine(const protocol::Plan&, at::Device, RankGroup*) {
  return nullptr;
}
#endif

}  // namespace ff::trainer
