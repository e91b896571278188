#include "worker/trainer/training_session.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/impl/alloc_cpu.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "worker/recipe/learning_rate.h"
#include "worker/recipe/micro_batches.h"
#include "worker/recipe/plan_check.h"
#include "worker/trainer/batch_reader.h"
#include "worker/trainer/devices.h"
#include "worker/trainer/engine.h"
#include "worker/trainer/export_weights.h"
#include "worker/trainer/failure.h"
#include "worker/trainer/gpt.h"
#include "worker/trainer/rank_end.h"
#include "worker/trainer/safetensors.h"

namespace ff::trainer {
namespace {

constexpr char kStateFile[] = "/state.safetensors";

// The first line of LibTorch's message: the rest is its own stack.
std::string FirstLine(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  return text.substr(0, text.find('\n'));
}

absl::Status FromError(const c10::Error& error) {
  const std::string message = FirstLine(error);
  if (absl::StrContains(message, "out of memory") ||
      absl::StrContains(message, "can't allocate memory")) {
    return Failure("out_of_memory", message);
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
  } catch (const OtherRankFailed& error) {
    return Failure(kOtherRank, error.what());
  } catch (const c10::Error& error) {
    return FromError(error);
  } catch (const std::bad_alloc&) {
    return Failure("out_of_memory", "the host is out of memory");
  } catch (const std::exception& error) {
    return Failure("internal", error.what());
  }
}

// Of what all ranks do together: the others could only wait for a rank that fails.
template <class Body>
void OrEnd(const Body& body) {
  try {
    body();
  } catch (const std::exception& error) {
    const std::string text = error.what();
    EndProcess(text.substr(0, text.find('\n')));
  }
}

// The same plan gives the same bits on the same device: no algorithm that depends on timing.
// Denormal numbers, which Adam's moments decay to, cost a hundredfold on CPUs: flushed to zero.
// On GPUs the fastest attention adds up in an order that varies; FF_DETERMINISTIC=1 in the
// trainer's environment asks for the slower kind, whose runs resume bit for bit.
void SetUp(int64_t threads, bool on_gpu) {
  at::set_num_threads(static_cast<int>(std::max<int64_t>(threads, 1)));
  const char* wish = std::getenv("FF_DETERMINISTIC");
  const bool strict = on_gpu && wish != nullptr && std::string(wish) == "1";
  at::globalContext().setDeterministicAlgorithms(strict || !on_gpu, /*warn_only=*/!strict);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  at::globalContext().setFlushDenormal(true);
}

// What must agree between a checkpoint and the plan that resumes from it: not how often a run logs,
// evaluates or checkpoints, nor into how many parts it cuts a batch. In a trunk: nor its length.
std::string PlanText(protocol::Plan plan, bool trunk) {
  plan.log_every = plan.eval_every = plan.checkpoint_every = 0;
  plan.checkpoint_minutes = plan.max_loss = plan.estimated_memory_bytes = 0;
  plan.accumulation_steps = 1, plan.branch_steps.clear();
  if (trunk) {
    plan.steps = plan.tokens = plan.decay_steps = plan.eval_tokens = 0;
    plan.flops = plan.min_lr_ratio = 0;
  }
  return protocol::ToJson(plan);
}

// The text of a checkpoint, which may be of a version that left less out.
std::string Normalized(const std::string& text, bool trunk) {
  const absl::StatusOr<protocol::Plan> plan = protocol::ParsePlan(text);
  return plan.ok() ? PlanText(*plan, trunk) : text;
}

absl::Status CheckPrecision(const protocol::StartOrder& order) {
  if (order.plan.dtype != "fp8" || HasFp8Products(order.device)) return absl::OkStatus();
  return Failure("device", absl::StrCat("dtype fp8 needs a GPU that multiplies 8-bit floats (Ada, "
                                        "Hopper or newer), and device ",
                                        order.device, " does not: set hardware.dtype to bfloat16"));
}

// The passes written out where they serve the plan; autograd for the others, which has no FP8.
std::unique_ptr<Engine> MakeEngine(const protocol::Plan& plan, at::Device device,
                                   RankGroup* group) {
  std::unique_ptr<Engine> engine;
  if (plan.dropout == 0) {  // which the passes written out know nothing of
    engine = device.is_cuda() ? MakeCudaEngine(plan, device, group) : MakeCpuEngine(plan, group);
  }
  if (engine != nullptr || plan.dtype == "fp8") return engine;
  if (device.is_cuda()) {
    std::fprintf(stderr, "ff-trainer: no CUDA kernels for this plan; autograd trains it, slower\n");
  }
  return MakeAutogradEngine(plan, device, group);
}

bool TooLarge(double loss, const protocol::Plan& plan) {
  return plan.max_loss > 0 && loss > plan.max_loss;
}

}  // namespace

struct TrainingSession::Parts {
  Parts(const protocol::Plan& plan, RankGroup* group, std::unique_ptr<BatchReader> reader,
        std::unique_ptr<Engine> engine)
      : plan(plan),
        group(group),
        reader(std::move(reader)),
        engine(std::move(engine)),
        pieces(ShareOf(plan, group).pieces),
        tokens(pieces.size()),
        schedule{plan.scheduler, plan.warmup_steps, plan.steps, plan.min_lr_ratio,
                 plan.decay_steps} {}

  absl::Status Stage(int64_t step) {
    if (staged_step == step) return absl::OkStatus();
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (absl::Status read = reader->Training(step, pieces[i], tokens[i]); !read.ok()) return read;
    }
    engine->Stage(tokens);
    staged_step = step;
    return absl::OkStatus();
  }

  // Of this rank's part of the held-out samples, in batches of the size that it has room for.
  absl::StatusOr<double> HeldOutLossSum() {
    const recipe::MicroBatch all{0, reader->held_out_samples()};
    recipe::MicroBatch part = all;
    if (group != nullptr) {
      const auto parts = recipe::MicroBatches(all.size, group->ranks());
      part = size_t(group->rank()) < parts.size() ? parts[group->rank()] : recipe::MicroBatch{};
    }
    double sum = 0;
    for (int64_t done = 0; done < part.size; done += pieces.front().size) {
      auto held_out =
          reader->HeldOut(part.first + done, std::min(pieces.front().size, part.size - done));
      if (!held_out.ok()) return held_out.status();
      sum += engine->LossSum(*held_out);
    }
    return sum;
  }

  const protocol::Plan plan;
  RankGroup* const group;
  std::unique_ptr<BatchReader> reader;
  std::unique_ptr<Engine> engine;
  const std::vector<recipe::MicroBatch> pieces;
  std::vector<Tokens> tokens;  // of the step being staged, kept for the next
  const recipe::Schedule schedule;
  int64_t staged_step = -1;
};

TrainingSession::TrainingSession(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
TrainingSession::~TrainingSession() = default;

absl::StatusOr<std::unique_ptr<TrainingSession>> TrainingSession::Create(
    const protocol::StartOrder& order, RankGroup* group) {
  if (absl::Status s = recipe::CheckPlan(order.plan); !s.ok()) return WithKind(s, "bad_plan");
  auto reader = BatchReader::Open(order.plan, order.data_path);
  if (!reader.ok()) return reader.status();
  return Guarded([&]() -> absl::StatusOr<std::unique_ptr<TrainingSession>> {
    const at::Device device(order.device);
    SetUp(order.threads, device.is_cuda());
    if (device.is_cuda() &&
        !(at::hasCUDA() && device.index() < at::detail::getCUDAHooks().deviceCount())) {
      return Failure("device", absl::StrCat("this LibTorch sees no device ", order.device));
    }
    if (absl::Status s = CheckPrecision(order); !s.ok()) return s;
    ResetPeakDeviceBytes(order.device);
    std::unique_ptr<Engine> engine = MakeEngine(order.plan, device, group);
    if (engine == nullptr) {
      return Failure("bad_plan",
                     "dtype fp8 is not served for a model this wide or a vocabulary this "
                     "large; use bfloat16");
    }
    return std::unique_ptr<TrainingSession>(new TrainingSession(
        std::make_unique<Parts>(order.plan, group, *std::move(reader), std::move(engine))));
  });
}

absl::Status TrainingSession::Prepare(int64_t step, bool* more) {
  *more = false;
  return Guarded([&]() -> absl::Status {
    if (absl::Status staged = parts_->Stage(step); !staged.ok()) return staged;
    *more = parts_->engine->Prepare();
    return absl::OkStatus();
  });
}

absl::StatusOr<StepResult> TrainingSession::Step(int64_t step, bool want_grad_norm) {
  return Guarded([&]() -> absl::StatusOr<StepResult> {
    Parts& p = *parts_;
    if (absl::Status staged = p.Stage(step); !staged.ok()) return staged;
    const double factor = recipe::LearningRateFactor(p.schedule, step);
    StepOutcome outcome;
    const auto compute = [&] {
      p.engine->Launch(step, factor, want_grad_norm);
      // The next batch is read while the device works; what is wrong with it is said in its step.
      if (step + 1 < p.plan.steps) p.Stage(step + 1).IgnoreError();
      outcome = p.engine->Finish();
    };
    if (p.group != nullptr && !p.engine->FailsOnAllRanks()) {
      OrEnd(compute);
    } else {
      compute();
    }
    const int64_t step_tokens = p.plan.batch_size * p.plan.shape.seq_len;
    const double loss = outcome.loss_sum / static_cast<double>(step_tokens);
    if (!std::isfinite(loss) || TooLarge(loss, p.plan)) {
      const std::string bound =
          std::isfinite(loss) ? absl::StrFormat(", above trainer.max_loss (%g)", p.plan.max_loss)
                              : "";
      return Failure("diverged", absl::StrFormat("the loss of step %d is %g%s: lower the learning "
                                                 "rate (it is %g)",
                                                 step + 1, loss, bound, p.plan.learning_rate));
    }
    return StepResult{loss, outcome.grad_norm, p.plan.learning_rate * factor};
  });
}

absl::StatusOr<double> TrainingSession::Evaluate() {
  Parts& p = *parts_;
  const auto part = Guarded([&] { return p.HeldOutLossSum(); });
  const absl::Status ready = p.group == nullptr ? part.status() : p.group->Agree(part.status());
  if (!ready.ok()) return ready;
  double sum = *part;
  if (p.group != nullptr) p.group->SumOnHost(&sum, 1);
  return sum / static_cast<double>(p.reader->held_out_samples() * p.plan.shape.seq_len);
}

void TrainingSession::ShareFirst(TrainingState& state) {
  OrEnd([&] {
    const at::NoGradGuard no_grad;
    RankGroup& group = *parts_->group;
    double all[] = {double(state.step), state.last_loss, state.tail_loss_sum,
                    double(state.tail_steps)};
    group.BroadcastOnHost(all, 4);
    state = {int64_t(all[0]), all[1], all[2], int64_t(all[3])};
    for (const auto& [name, tensor] : parts_->engine->NamedTensors()) group.Broadcast(tensor);
    parts_->engine->Restored(state.step);
  });
}

bool TrainingSession::RanksAreEqual() {
  constexpr int64_t kAtOnce = int64_t{1} << 22;  // each is made int64 first
  int64_t sum = 0;
  OrEnd([&] {
    const at::NoGradGuard no_grad;
    at::Tensor all;
    for (const auto& [name, tensor] : parts_->engine->NamedTensors()) {
      for (const at::Tensor& part : tensor.view({-1}).view(at::kInt).split(kAtOnce)) {
        const at::Tensor bits = part.sum(at::kLong);
        all = all.defined() ? 31 * all + bits : bits;
      }
    }
    sum = all.item<int64_t>();
  });
  return parts_->group->AllHave(sum);
}

absl::Status TrainingSession::Export(const std::string& folder) {
  return Guarded([&]() -> absl::Status {
    std::vector<at::Tensor> on_host;
    std::vector<FloatTensor> weights;
    for (const auto& [name, tensor] : parts_->engine->NamedTensors()) {
      if (absl::StartsWith(name, "adam.")) continue;
      on_host.push_back(tensor.cpu().contiguous());
      weights.push_back({name, tensor.sizes().vec(), on_host.back().data_ptr<float>()});
    }
    return ExportWeights(parts_->plan, weights, folder);
  });
}

double TrainingSession::epochs() const { return parts_->reader->epochs(); }

int64_t TrainingSession::parameters() const { return parts_->plan.parameters; }

absl::Status TrainingSession::Save(const std::string& folder, const TrainingState& state) {
  return Guarded([&]() -> absl::Status {
    std::vector<at::Tensor> on_host;
    std::vector<FloatTensor> tensors;
    for (const auto& [name, tensor] : parts_->engine->NamedTensors()) {
      on_host.push_back(tensor.cpu().contiguous());
      tensors.push_back({name, tensor.sizes().vec(), on_host.back().data_ptr<float>()});
    }
    return WriteSafetensors(folder + kStateFile, tensors,
                            {{"plan", PlanText(parts_->plan, false)},
                             {"step", absl::StrCat(state.step)},
                             {"last_loss", absl::StrFormat("%.17g", state.last_loss)},
                             {"tail_loss_sum", absl::StrFormat("%.17g", state.tail_loss_sum)},
                             {"tail_steps", absl::StrCat(state.tail_steps)}});
  });
}

absl::StatusOr<TrainingState> TrainingSession::Restore(const std::string& folder, bool trunk) {
  return Guarded([&]() -> absl::StatusOr<TrainingState> {
    at::NoGradGuard no_grad;
    const auto named = parts_->engine->NamedTensors();
    std::vector<at::Tensor> on_host;
    std::vector<FloatTensor> tensors;
    for (const auto& [name, tensor] : named) {
      on_host.push_back(at::empty(tensor.sizes(), at::kFloat));
      tensors.push_back({name, tensor.sizes().vec(), on_host.back().data_ptr<float>()});
    }
    auto metadata = ReadSafetensors(folder + kStateFile, tensors);
    if (!metadata.ok()) return WithKind(metadata.status(), "bad_plan");
    if (Normalized((*metadata)["plan"], trunk) != PlanText(parts_->plan, trunk)) {
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
    parts_->engine->Restored(state.step);
    return state;
  });
}

}  // namespace ff::trainer
