// The engine of worker/kernels: one CUDA graph a step, replayed with new tokens and rates.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>

#include "worker/trainer/cuda_check.h"
#include "worker/trainer/cuda_decoder.h"
#include "worker/trainer/cuda_sums.h"
#include "worker/trainer/cuda_weights.h"
#include "worker/trainer/engine.h"
#include "worker/trainer/token_batch.h"

namespace ff::trainer {
namespace {

FfType TypeOf(const protocol::Plan& plan) {
  return plan.dtype == "float32" ? kFfFloat32 : kFfBfloat16;
}

// Ints before the first micro-batch in the step's input: the scalars.
constexpr int64_t kHeader = 16;
static_assert(sizeof(FfStepScalars) <= kHeader * sizeof(int32_t));

// One capture at a time in a process: LibTorch's generators know only one.
std::mutex& CaptureMutex() {
  static std::mutex mutex;
  return mutex;
}

class CudaEngine : public Engine {
 public:
  CudaEngine(const protocol::Plan& plan, at::Device device, const BatchShare& share)
      : plan_(plan),
        group_(share.group),
        stream_(c10::cuda::getStreamFromPool(false, device.index())),
        pieces_(share.pieces) {
    const c10::cuda::CUDAStreamGuard on(stream_);
    const at::NoGradGuard no_grad;
    int64_t ints = kHeader, largest = 0;
    for (const recipe::MicroBatch& piece : pieces_) {
      ints += TokenBatchLayout(piece.size * plan.shape.seq_len).size();
      largest = std::max(largest, piece.size);
    }
    const at::TensorOptions host = at::TensorOptions().dtype(at::kInt).pinned_memory(true);
    for (at::Tensor& input : host_input_) input = at::zeros({ints}, host);
    host_output_ = at::zeros({kOutputs}, host.dtype(at::kFloat));
    input_ = at::zeros({ints}, at::TensorOptions(device).dtype(at::kInt));
    output_ = at::ones({kOutputs}, at::TensorOptions(device).dtype(at::kFloat));
    weights_ = std::make_unique<CudaWeights>(plan, TypeOf(plan), pieces_.size() > 1, device);
    decoder_ = std::make_unique<CudaDecoder>(plan, *weights_, TypeOf(plan), largest, device);
    if (group_ != nullptr) {
      sums_ = std::make_unique<CudaSums>(*group_, *weights_, output_.narrow(0, 0, 1));
    }
  }

  void Stage(const std::vector<Tokens>& pieces) override {
    staged_ = 1 - staged_;
    int32_t* at = host_input_[staged_].data_ptr<int32_t>() + kHeader;
    for (const Tokens& tokens : pieces) {
      FillTokenBatch(tokens, plan_.shape.seq_len, plan_.shape.vocab_size, at);
      at += TokenBatchLayout(Rows(tokens)).size();
    }
  }

  // First a rehearsal, which makes handles, workspaces and plans: a capture may not. It is of this
  // rank alone, so that one which lacks memory leaves nobody waiting.
  bool Prepare() override {
    if (graph_ != nullptr) return false;
    const c10::cuda::CUDAStreamGuard on(stream_);
    const at::NoGradGuard no_grad;
    const std::lock_guard<std::mutex> lock(CaptureMutex());
    if (!rehearsed_) {
      Send({0, 1, 1, 0});
      Body(nullptr);
      stream_.synchronize();
      rehearsed_ = true;
      if (group_ != nullptr) return true;
    }
    Capture();
    return false;
  }

  void Launch(int64_t step, double rate_factor, bool want_norm) override {
    const c10::cuda::CUDAStreamGuard on(stream_);
    const at::NoGradGuard no_grad;
    while (Prepare()) {
    }
    const double t = static_cast<double>(step + 1);
    Send({static_cast<float>(rate_factor),
          static_cast<float>(1 / (1 - std::pow(plan_.adam_beta1, t))),
          static_cast<float>(1 / std::sqrt(1 - std::pow(plan_.adam_beta2, t))), 1});
    graph_->replay();
    want_norm_ = want_norm || plan_.max_grad_norm > 0;
    // Gradients stay until the next step, so the norm can be taken when somebody asks.
    if (want_norm && plan_.max_grad_norm <= 0) weights_->GradNorm(Raw(), 0, Norm(), Clip());
    host_output_.copy_(output_, /*non_blocking=*/true);
  }

  bool FailsOnAllRanks() const override { return false; }  // the others' kernels wait for its own

  StepOutcome Finish() override {
    stream_.synchronize();
    const float* out = host_output_.const_data_ptr<float>();
    return {out[0], want_norm_ ? out[1] : std::numeric_limits<double>::quiet_NaN()};
  }

  double LossSum(const Tokens& tokens) override {
    const c10::cuda::CUDAStreamGuard on(stream_);
    const at::NoGradGuard no_grad;
    at::Tensor batch = at::empty({TokenBatchLayout(Rows(tokens)).size()}, at::kInt);
    FillTokenBatch(tokens, plan_.shape.seq_len, plan_.shape.vocab_size, batch.data_ptr<int32_t>());
    batch = batch.to(input_.device());
    at::Tensor sum = at::zeros({1}, output_.options());
    const int64_t samples = Rows(tokens) / plan_.shape.seq_len;
    decoder_->Run({batch.const_data_ptr<int32_t>(), samples, true, false}, sum.data_ptr<float>());
    return sum.item<double>();
  }

  std::vector<std::pair<std::string, at::Tensor>> NamedTensors() override {
    stream_.synchronize();
    return weights_->NamedTensors();
  }

  void Restored(int64_t) override {
    c10::cuda::device_synchronize();  // the tensors were written on another stream
    const c10::cuda::CUDAStreamGuard on(stream_);
    weights_->RefreshValues();
  }

 private:
  static constexpr int64_t kOutputs = 4;  // loss, norm, clip

  FfStream Raw() const { return stream_.stream(); }
  float* Loss() { return output_.data_ptr<float>(); }
  float* Norm() { return Loss() + 1; }
  float* Clip() { return Loss() + 2; }
  int64_t Rows(const Tokens& tokens) const {
    return static_cast<int64_t>(tokens.size()) / (plan_.shape.seq_len + 1) * plan_.shape.seq_len;
  }

  void Send(const FfStepScalars& scalars) {
    std::memcpy(host_input_[staged_].data_ptr(), &scalars, sizeof scalars);
    input_.copy_(host_input_[staged_], /*non_blocking=*/true);
  }

  // Everything of a step that is the same for every step.
  void Body(CudaSums* sums) {
    const int32_t* batch = input_.const_data_ptr<int32_t>() + kHeader;
    if (sums != nullptr) sums->Begin();
    for (size_t i = 0; i < pieces_.size(); ++i) {
      PassEvents* events = i + 1 == pieces_.size() ? sums : nullptr;
      decoder_->Run({batch, pieces_[i].size, i == 0, true, events}, Loss());
      batch += TokenBatchLayout(pieces_[i].size * plan_.shape.seq_len).size();
    }
    if (sums != nullptr) sums->Finish();
    const bool clips = plan_.max_grad_norm > 0;
    if (clips) weights_->GradNorm(Raw(), plan_.max_grad_norm, Norm(), Clip());
    weights_->Step(Raw(), reinterpret_cast<const FfStepScalars*>(input_.const_data_ptr<int32_t>()),
                   clips ? Clip() : nullptr, Loss());
  }

  // With a group: once more with the sums, for which NCCL connects the ranks in ways of its own.
  void Capture() {
    if (group_ != nullptr) {
      Body(sums_.get());
      stream_.synchronize();
    }
    c10::cuda::CUDACachingAllocator::emptyCache();
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    graph->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    Body(sums_.get());
    graph->capture_end();
    graph_ = std::move(graph);
  }

  const protocol::Plan plan_;
  RankGroup* const group_;
  const c10::cuda::CUDAStream stream_;
  const std::vector<recipe::MicroBatch> pieces_;
  at::Tensor host_input_[2], host_output_, input_, output_;
  std::unique_ptr<CudaWeights> weights_;
  std::unique_ptr<CudaDecoder> decoder_;
  std::unique_ptr<CudaSums> sums_;  // with a group
  std::unique_ptr<at::cuda::CUDAGraph> graph_;
  int staged_ = 0;
  bool want_norm_ = false, rehearsed_ = false;
};

bool Serves(const protocol::Plan& plan) {
  const protocol::ModelShape& s = plan.shape;
  const int64_t head_dim = s.d_model / s.heads;
  return s.d_model % 8 == 0 && s.d_ff % 8 == 0 && s.d_model <= kFfMaxNormWidth &&
         head_dim % 8 == 0 && head_dim <= 128 && PaddedRows(s.vocab_size) <= kFfMaxVocabulary &&
         (s.heads == s.kv_heads || plan.dtype != "float32");
}

}  // namespace

std::unique_ptr<Engine> MakeCudaEngine(const protocol::Plan& plan, at::Device device,
                                       RankGroup* group) {
  if (!Serves(plan)) return nullptr;
  const c10::cuda::CUDAGuard on(device);
  return std::make_unique<CudaEngine>(plan, device, ShareOf(plan, group));
}

}  // namespace ff::trainer
