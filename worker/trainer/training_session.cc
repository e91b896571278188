#include "worker/trainer/training_session.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/impl/alloc_cpu.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "worker/recipe/learning_rate.h"
#include "worker/recipe/micro_batches.h"
#include "worker/recipe/model_scales.h"
#include "worker/recipe/plan_check.h"
#include "worker/trainer/batch_reader.h"
#include "worker/trainer/failure.h"
#include "worker/trainer/gpt.h"
#include "worker/trainer/optimizer.h"
#include "worker/trainer/safetensors.h"

namespace ff::trainer {
namespace {

constexpr char kStateFile[] = "/state.safetensors";
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The first line of LibTorch's message: the rest is its own stack.
std::string FirstLine(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  return text.substr(0, text.find('\n'));
}

absl::Status FromError(const c10::Error& error) {
  const std::string message = FirstLine(error);
  if (absl::StrContains(message, "out of memory") ||
      absl::StrContains(message, "can't allocate memory")) {
    return Failure("out_of_memory",
                   absl::StrCat(message,
                                "; raise trainer.accumulation_steps to halve the memory "
                                "of activations"));
  }
  const bool device = absl::StrContains(message, "CUDA") || absl::StrContains(message, "cuDNN") ||
                      absl::StrContains(message, "CUBLAS") || absl::StrContains(message, "cuda");
  return Failure(device ? "device" : "internal", message);
}

// Runs `body` (returning an absl::Status or StatusOr) and turns exceptions into statuses.
template <class Body>
auto Guarded(const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const c10::Error& error) {
    return FromError(error);
  } catch (const std::bad_alloc&) {
    return Failure("out_of_memory", "the host is out of memory");
  } catch (const std::exception& error) {
    return Failure("internal", error.what());
  }
}

// The same plan gives the same bits on the same device: no algorithm that depends on timing.
// Denormal numbers, which Adam's moments decay to, cost a hundredfold on CPUs: flushed to zero.
void SetUp(int64_t threads) {
  at::set_num_threads(static_cast<int>(std::max<int64_t>(threads, 1)));
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  at::globalContext().setFlushDenormal(true);
}

// What must agree between a checkpoint and the plan that resumes from it: not how often a
// run logs, evaluates or checkpoints.
std::string PlanText(protocol::Plan plan) {
  plan.log_every = plan.eval_every = plan.checkpoint_every = 0;
  return protocol::ToJson(plan);
}

}  // namespace

struct TrainingSession::Parts {
  Parts(const protocol::Plan& plan, std::unique_ptr<BatchReader> reader, at::Device device)
      : plan(plan),
        device(device),
        reader(std::move(reader)),
        specs(recipe::ParameterSpecs(plan)),
        gpt(plan.shape, recipe::ScalesFor(plan), specs, plan.seed,
            {device, plan.dtype == "bfloat16" ? at::kBFloat16 : at::kFloat}),
        optimizer(gpt.parameters(), specs, {plan.adam_beta1, plan.adam_beta2, plan.adam_eps}),
        pieces(recipe::MicroBatches(plan.batch_size, plan.accumulation_steps)),
        schedule{plan.scheduler, plan.warmup_steps, plan.steps, plan.min_lr_ratio} {}

  // The sum of losses over the samples of `tokens`, [n, seq_len + 1] flat.
  at::Tensor LossSum(std::vector<int64_t>& tokens) const {
    const int64_t length = plan.shape.seq_len;
    const int64_t samples = static_cast<int64_t>(tokens.size()) / (length + 1);
    const at::Tensor all =
        at::from_blob(tokens.data(), {samples, length + 1}, at::kLong).to(device);
    const at::Tensor ids = all.narrow(1, 0, length).contiguous();
    return gpt.LossSum(gpt.Logits(ids), all.narrow(1, 1, length));
  }

  double Clip(bool want_norm) {
    if (!want_norm && plan.max_grad_norm <= 0) return kNan;
    const double norm = optimizer.GradNorm().item<double>();
    if (plan.max_grad_norm > 0 && norm > plan.max_grad_norm) {
      optimizer.ScaleGradients(at::scalar_tensor(plan.max_grad_norm / norm).to(device));
    }
    return norm;
  }

  // Names as recipe::ParameterSpecs has them; moments under "adam.m." and "adam.v.".
  std::vector<std::pair<std::string, at::Tensor>> NamedTensors() const {
    std::vector<std::pair<std::string, at::Tensor>> named;
    for (size_t i = 0; i < specs.size(); ++i) {
      named.emplace_back(specs[i].name, gpt.parameters()[i].detach());
      named.emplace_back("adam.m." + specs[i].name, optimizer.first_moments()[i]);
      named.emplace_back("adam.v." + specs[i].name, optimizer.second_moments()[i]);
    }
    return named;
  }

  const protocol::Plan plan;
  const at::Device device;
  std::unique_ptr<BatchReader> reader;
  const std::vector<recipe::ParameterSpec> specs;
  Gpt gpt;
  Optimizer optimizer;
  const std::vector<recipe::MicroBatch> pieces;
  const recipe::Schedule schedule;
};

TrainingSession::TrainingSession(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TrainingSession::~TrainingSession() = default;

absl::StatusOr<std::unique_ptr<TrainingSession>> TrainingSession::Create(
    const protocol::StartOrder& order) {
  if (absl::Status s = recipe::CheckPlan(order.plan); !s.ok()) return WithKind(s, "bad_plan");
  auto reader = BatchReader::Open(order.plan, order.data_path);
  if (!reader.ok()) return reader.status();
  return Guarded([&]() -> absl::StatusOr<std::unique_ptr<TrainingSession>> {
    SetUp(order.threads);
    const at::Device device(order.device);
    if (device.is_cuda() &&
        !(at::hasCUDA() && device.index() < at::detail::getCUDAHooks().deviceCount())) {
      return Failure("device", absl::StrCat("this LibTorch sees no device ", order.device));
    }
    return std::unique_ptr<TrainingSession>(
        new TrainingSession(std::make_unique<Parts>(order.plan, *std::move(reader), device)));
  });
}

absl::StatusOr<StepResult> TrainingSession::Step(int64_t step, bool want_grad_norm) {
  return Guarded([&]() -> absl::StatusOr<StepResult> {
    Parts& p = *parts_;
    at::Tensor sum = at::zeros({}, at::TensorOptions(p.device));
    for (const recipe::MicroBatch& piece : p.pieces) {
      auto tokens = p.reader->Training(step, piece);
      if (!tokens.ok()) return tokens.status();
      const at::Tensor loss = p.LossSum(*tokens);
      loss.backward();
      sum += loss.detach();
    }
    const int64_t step_tokens = p.plan.batch_size * p.plan.shape.seq_len;
    const double loss = sum.item<double>() / static_cast<double>(step_tokens);
    if (!std::isfinite(loss)) {
      return Failure("diverged", absl::StrFormat("the loss of step %d is %g: lower the learning "
                                                 "rate (it is %g)",
                                                 step + 1, loss, p.plan.learning_rate));
    }
    const double norm = p.Clip(want_grad_norm);
    const double factor = recipe::LearningRateFactor(p.schedule, step);
    p.optimizer.Step(factor);
    return StepResult{loss, norm, p.plan.learning_rate * factor};
  });
}

absl::StatusOr<double> TrainingSession::Evaluate() {
  return Guarded([&]() -> absl::StatusOr<double> {
    at::NoGradGuard no_grad;
    const Parts& p = *parts_;
    const int64_t samples = p.reader->held_out_samples();
    const int64_t batch = p.pieces.front().size;
    double sum = 0;
    for (int64_t first = 0; first < samples; first += batch) {
      auto tokens = p.reader->HeldOut(first, std::min(batch, samples - first));
      if (!tokens.ok()) return tokens.status();
      sum += p.LossSum(*tokens).item<double>();
    }
    return sum / static_cast<double>(samples * p.plan.shape.seq_len);
  });
}

int64_t TrainingSession::parameters() const { return parts_->gpt.CountParameters(); }

absl::Status TrainingSession::Save(const std::string& folder, const TrainingState& state) {
  return Guarded([&]() -> absl::Status {
    std::vector<at::Tensor> on_host;
    std::vector<FloatTensor> tensors;
    for (const auto& [name, tensor] : parts_->NamedTensors()) {
      on_host.push_back(tensor.cpu().contiguous());
      tensors.push_back({name, tensor.sizes().vec(), on_host.back().data_ptr<float>()});
    }
    return WriteSafetensors(folder + kStateFile, tensors,
                            {{"plan", PlanText(parts_->plan)},
                             {"step", absl::StrCat(state.step)},
                             {"last_loss", absl::StrFormat("%.17g", state.last_loss)},
                             {"tail_loss_sum", absl::StrFormat("%.17g", state.tail_loss_sum)},
                             {"tail_steps", absl::StrCat(state.tail_steps)}});
  });
}

absl::StatusOr<TrainingState> TrainingSession::Restore(const std::string& folder) {
  return Guarded([&]() -> absl::StatusOr<TrainingState> {
    at::NoGradGuard no_grad;
    const auto named = parts_->NamedTensors();
    std::vector<at::Tensor> on_host;
    std::vector<FloatTensor> tensors;
    for (const auto& [name, tensor] : named) {
      on_host.push_back(at::empty(tensor.sizes(), at::kFloat));
      tensors.push_back({name, tensor.sizes().vec(), on_host.back().data_ptr<float>()});
    }
    auto metadata = ReadSafetensors(folder + kStateFile, tensors);
    if (!metadata.ok()) return WithKind(metadata.status(), "bad_plan");
    if ((*metadata)["plan"] != PlanText(parts_->plan)) {
      return Failure("bad_plan", absl::StrCat(folder, " is a checkpoint of another plan"));
    }
    TrainingState state;
    if (!absl::SimpleAtoi((*metadata)["step"], &state.step) ||
        !absl::SimpleAtod((*metadata)["last_loss"], &state.last_loss) ||
        !absl::SimpleAtod((*metadata)["tail_loss_sum"], &state.tail_loss_sum) ||
        !absl::SimpleAtoi((*metadata)["tail_steps"], &state.tail_steps)) {
      return Failure("internal", absl::StrCat(folder, " lacks the run's counters"));
    }
    for (size_t i = 0; i < named.size(); ++i) {
      at::Tensor target = named[i].second;
      target.copy_(on_host[i]);
    }
    parts_->optimizer.set_steps(state.step);
    return state;
  });
}

}  // namespace ff::trainer
