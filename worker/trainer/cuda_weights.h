// All weights of a model in flat arrays on a GPU: float32 masters, Adam's moments, gradients
// and the narrow copies that products read, with the optimizer step over them. Tensors are
// padded to whole chunks and vocabularies to multiples of 64 rows; padding stays zero. With FP8
// the inputs' projections come last and have copies in E4M3 in place of those in bfloat16,
// written by the step itself.
// For one thread at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "worker/kernels/kernels.h"
#include "worker/protocol/plan.h"
#include "worker/recipe/parameter_specs.h"
#include "worker/trainer/cuda_fp8.h"

namespace ff::trainer {

inline int64_t PaddedRows(int64_t rows) { return (rows + 63) / 64 * 64; }

class CudaWeights {
 public:
  // Initial values as in Gpt. Gradients have `type` unless `accumulate`: then float32.
  CudaWeights(const protocol::Plan& plan, FfType type, bool accumulate, at::Device device);

  // Null for a tensor that the plan does not have (gains).
  void* Value(const std::string& name) const;  // as products read it; null where Narrow is not
  const CudaFp8::Weight* Narrow(const std::string& name) const;
  const float* Master(const std::string& name) const;
  void* Gradient(const std::string& name) const;
  int64_t PaddedSize(const std::string& name) const;
  FfType grad_type() const { return grad_type_; }
  // All gradients, in one region or two within which tensors have the order of the forward pass,
  // and where the first of a region lies whose name begins with `prefix`; its end without one.
  const at::Tensor& gradients() const { return gradient_; }
  struct Range {
    int64_t begin, end;
  };
  std::vector<Range> regions() const;
  int64_t FirstOffset(const std::string& prefix, const Range& region) const;

  // clip, loss_sum and scalars are on the device.
  void Step(FfStream stream, const FfStepScalars* scalars, const float* clip,
            const float* loss_sum);
  // norm and clip on the device.
  void GradNorm(FfStream stream, double max_norm, float* norm, float* clip);

  std::vector<std::pair<std::string, at::Tensor>> NamedTensors() const;
  void RefreshValues();  // after masters were written to

 private:
  struct Place {
    int64_t offset = 0, size = 0;  // in elements; size without padding to chunks
    std::vector<int64_t> shape;
  };
  const Place* Find(const std::string& name) const;
  void Lay(const recipe::ParameterSpec& spec, at::Device device);
  void DrawInitialValues();

  const protocol::Plan plan_;
  const std::vector<recipe::ParameterSpec> specs_;
  const FfType type_, grad_type_;
  std::map<std::string, Place> places_;
  std::map<std::string, CudaFp8::Weight> narrow_;
  std::vector<FfFp8Matrix> matrices_;     // of narrow_, for the step
  int64_t chunks_ = 0, wide_chunks_ = 0;  // those without copies in E4M3
  std::vector<int32_t> tensor_of_chunk_;
  std::vector<float> rates_by_tensor_;
  at::Tensor master_, first_, second_, gradient_, value_, chunk_tensor_, rates_, norm_parts_;
};

}  // namespace ff::trainer
