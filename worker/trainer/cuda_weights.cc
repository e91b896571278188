#include "worker/trainer/cuda_weights.h"

#include <ATen/ATen.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "worker/trainer/cuda_check.h"

namespace ff::trainer {
namespace {

at::ScalarType ScalarType(FfType type) { return type == kFfBfloat16 ? at::kBFloat16 : at::kFloat; }

int64_t Numel(const std::vector<int64_t>& shape) {
  int64_t size = 1;
  for (int64_t extent : shape) size *= extent;
  return size;
}

// Whether products read the tensor in E4M3: those of a norm's result, whose size is one.
bool IsNarrow(const protocol::Plan& plan, const std::string& name) {
  return plan.dtype == "fp8" && (absl::EndsWith(name, ".attn.wqkv.weight") ||
                                 absl::EndsWith(name, ".mlp.w_up_gate.weight"));
}

bool OverVocabulary(const std::string& name) {
  return name == "embedding.weight" || name == "readout.weight";
}

}  // namespace

CudaWeights::CudaWeights(const protocol::Plan& plan, FfType type, bool accumulate,
                         at::Device device)
    : plan_(plan),
      specs_(recipe::ParameterSpecs(plan)),
      type_(type),
      grad_type_(accumulate ? kFfFloat32 : type) {
  for (const bool narrow : {false, true}) {
    for (const recipe::ParameterSpec& spec : specs_) {
      if (IsNarrow(plan, spec.name) == narrow) Lay(spec, device);
    }
    if (!narrow) wide_chunks_ = chunks_;
  }
  const at::TensorOptions floats = at::TensorOptions(device).dtype(at::kFloat);
  const int64_t count = chunks_ * kFfAdamChunk;
  master_ = at::zeros({count}, floats), first_ = at::zeros({count}, floats);
  second_ = at::zeros({count}, floats), norm_parts_ = at::empty({kFfNormParts}, floats);
  gradient_ = at::zeros({count}, floats.dtype(ScalarType(grad_type_)));
  value_ = type == kFfBfloat16
               ? at::zeros({wide_chunks_ * kFfAdamChunk}, floats.dtype(at::kBFloat16))
               : master_;
  chunk_tensor_ = at::tensor(tensor_of_chunk_, at::kInt).to(device);
  rates_ = at::tensor(rates_by_tensor_, at::kFloat).to(device);
  DrawInitialValues();
  RefreshValues();
}

void CudaWeights::Lay(const recipe::ParameterSpec& spec, at::Device device) {
  std::vector<int64_t> padded = spec.shape;
  if (OverVocabulary(spec.name)) padded[0] = PaddedRows(padded[0]);
  const int64_t size = Numel(padded), chunks = (size + kFfAdamChunk - 1) / kFfAdamChunk;
  const auto tensor = static_cast<int32_t>(rates_by_tensor_.size() / 2);
  places_[spec.name] = {chunks_ * kFfAdamChunk, size, spec.shape};
  if (IsNarrow(plan_, spec.name)) {
    const int64_t out = spec.shape[0], in = spec.shape[1];
    const at::TensorOptions bytes = at::TensorOptions(device).dtype(at::kByte);
    const CudaFp8::Weight copy{at::empty({out, in}, bytes), at::empty({in, out}, bytes), out, in};
    matrices_.push_back({chunks_ * kFfAdamChunk, out, in, tensor, copy.plain.data_ptr(),
                         copy.transposed.data_ptr()});
    narrow_[spec.name] = copy;
  }
  tensor_of_chunk_.insert(tensor_of_chunk_.end(), chunks, tensor);
  rates_by_tensor_.push_back(static_cast<float>(spec.learning_rate));
  rates_by_tensor_.push_back(static_cast<float>(spec.weight_decay));
  chunks_ += chunks;
}

// As InitialValues, drawn where they are wanted: 10^9 of them take a host seconds.
void CudaWeights::DrawInitialValues() {
  const FfStream stream = c10::cuda::getCurrentCUDAStream().stream();
  for (const recipe::ParameterSpec& spec : specs_) {
    const Place& place = places_.at(spec.name);
    float* out = master_.data_ptr<float>() + place.offset;
    const uint64_t key = recipe::InitSeed(plan_.seed, spec.name);
    CheckCuda(FfFillNormal(stream, key, static_cast<float>(spec.init_mean),
                           static_cast<float>(spec.init_std), Numel(place.shape), out),
              "initial values");
  }
}

const CudaWeights::Place* CudaWeights::Find(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &found->second;
}

void* CudaWeights::Value(const std::string& name) const {
  const Place* place = Find(name);
  if (place == nullptr || Narrow(name) != nullptr) return nullptr;
  return static_cast<char*>(value_.data_ptr()) + place->offset * value_.element_size();
}

const CudaFp8::Weight* CudaWeights::Narrow(const std::string& name) const {
  const auto found = narrow_.find(name);
  return found == narrow_.end() ? nullptr : &found->second;
}

const float* CudaWeights::Master(const std::string& name) const {
  const Place* place = Find(name);
  return place == nullptr ? nullptr : master_.const_data_ptr<float>() + place->offset;
}

void* CudaWeights::Gradient(const std::string& name) const {
  const Place* place = Find(name);
  if (place == nullptr) return nullptr;
  return static_cast<char*>(gradient_.data_ptr()) + place->offset * gradient_.element_size();
}

int64_t CudaWeights::PaddedSize(const std::string& name) const { return Find(name)->size; }

std::vector<CudaWeights::Range> CudaWeights::regions() const {
  const int64_t wide = wide_chunks_ * kFfAdamChunk, all = chunks_ * kFfAdamChunk;
  if (wide == all) return {{0, all}};
  return {{0, wide}, {wide, all}};
}

int64_t CudaWeights::FirstOffset(const std::string& prefix, const Range& region) const {
  int64_t first = region.end;
  for (auto at = places_.lower_bound(prefix);
       at != places_.end() && absl::StartsWith(at->first, prefix); ++at) {
    const int64_t offset = at->second.offset;
    if (offset >= region.begin && offset < region.end) first = std::min(first, offset);
  }
  return first;
}

void CudaWeights::Step(FfStream stream, const FfStepScalars* scalars, const float* clip,
                       const float* loss_sum) {
  FfAdamW args{};
  args.weight = master_.data_ptr<float>(), args.first = first_.data_ptr<float>();
  args.second = second_.data_ptr<float>(), args.grad = gradient_.data_ptr();
  args.grad_type = grad_type_;
  args.shadow = type_ == kFfBfloat16 ? value_.data_ptr() : nullptr;
  args.chunk_tensor = chunk_tensor_.const_data_ptr<int32_t>();
  args.rates = rates_.const_data_ptr<float>(), args.chunks = wide_chunks_;
  args.scalars = scalars, args.clip = clip, args.loss_sum = loss_sum;
  args.beta1 = static_cast<float>(plan_.adam_beta1);
  args.beta2 = static_cast<float>(plan_.adam_beta2);
  args.eps = static_cast<float>(plan_.adam_eps);
  CheckCuda(FfAdamWStep(stream, args), "AdamW");
  for (const FfFp8Matrix& matrix : matrices_) {
    CheckCuda(FfAdamWStepFp8(stream, args, matrix), "AdamW with FP8 copies");
  }
}

void CudaWeights::GradNorm(FfStream stream, double max_norm, float* norm, float* clip) {
  CheckCuda(FfGradNorm(stream, grad_type_, gradient_.data_ptr(), gradient_.numel(),
                       static_cast<float>(max_norm), norm_parts_.data_ptr<float>(), norm, clip),
            "gradient norm");
}

std::vector<std::pair<std::string, at::Tensor>> CudaWeights::NamedTensors() const {
  std::vector<std::pair<std::string, at::Tensor>> named;
  for (const recipe::ParameterSpec& spec : specs_) {
    const Place& place = places_.at(spec.name);
    const auto view = [&](const at::Tensor& flat) {
      return flat.narrow(0, place.offset, Numel(place.shape)).view(place.shape);
    };
    named.emplace_back(spec.name, view(master_));
    named.emplace_back("adam.m." + spec.name, view(first_));
    named.emplace_back("adam.v." + spec.name, view(second_));
  }
  return named;
}

void CudaWeights::RefreshValues() {
  if (type_ == kFfBfloat16) value_.copy_(master_.narrow(0, 0, value_.numel()));
  const FfStream stream = c10::cuda::getCurrentCUDAStream().stream();
  for (const FfFp8Matrix& m : matrices_) {
    const FfFp8Cast args{
        kFfFloat32,  master_.const_data_ptr<float>() + m.offset, m.rows, m.columns, kFfE4M3, m.out,
        m.transposed};
    CheckCuda(FfCastFp8(stream, args), "cast of a weight");
  }
}

}  // namespace ff::trainer
