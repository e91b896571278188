#include "server/scaling/memory_estimate.h"

#include <algorithm>
#include <cmath>

namespace ff::scaling {
namespace {

constexpr double kLogitsBytes = 1 << 30;         // cuda_decoder.cc holds so many at a time
constexpr double kCpuLogitsBytes = 64 << 20;     // cpu_decoder.cc
constexpr double kWorkspaceBytes = 32 << 20;     // CUBLAS_WORKSPACE_CONFIG=:4096:8
constexpr double kFp8WorkspaceBytes = 64 << 20;  // cuda_fp8.cc
constexpr int64_t kWidestNorm = 8192;            // kFfMaxNormWidth
constexpr int64_t kLargestVocabulary = 131072;   // kFfMaxVocabulary

int64_t LargestMicroBatch(const Plan& plan) {
  return (plan.batch_size + plan.accumulation_steps - 1) / plan.accumulation_steps;
}

// The plan's extents as doubles, so that products do not overflow.
struct Extents {
  explicit Extents(const Plan& plan)
      : d(static_cast<double>(plan.shape.d_model)),
        f(static_cast<double>(plan.shape.d_ff)),
        vocabulary(static_cast<double>(plan.shape.vocab_size)),
        heads(static_cast<double>(plan.shape.heads)),
        kv(static_cast<double>(plan.shape.kv_heads * plan.shape.HeadDim())),
        layers(static_cast<double>(plan.shape.layers)),
        rows(static_cast<double>(LargestMicroBatch(plan) * plan.shape.seq_len)),
        wide(plan.dtype == "float32" ? 4 : 2),
        gains(plan.shape.norm_gains ? 1 : 0) {}
  double d, f, vocabulary, heads, kv, layers, rows;
  double wide;   // bytes of an activation
  double gains;  // 1: norms keep their results before and after the gain

  double Norm() const { return wide * (1 + gains) * d + 4; }
};

// Of as many rows as fit into `most` at a time.
double ChunkedLogits(double row_bytes, double rows, double most) {
  return row_bytes * rows / std::ceil(row_bytes * rows / most);
}

// The buffers of cuda_fp8.cc, which has a workspace of its own. The two 8-bit copies of a weight
// take the place of that in bfloat16.
double Fp8(const Extents& e) {
  return 2 * e.rows * (e.d + std::max(e.d + 2 * e.kv, 2 * e.f)) + kFp8WorkspaceBytes;
}

double ByCuda(const Plan& plan, const Extents& e) {
  const double vocabulary = 64 * std::ceil(e.vocabulary / 64);
  const double padding = (plan.shape.tied_head ? 1 : 2) * (vocabulary - e.vocabulary) * e.d;
  const double weights = static_cast<double>(plan.parameters) + padding;
  const double gradient = plan.accumulation_steps > 1 ? 4 : e.wide;
  const double block = 2 * e.Norm() + e.wide * (2 * e.d + 2 * e.kv + 3 * e.f) + 4 * e.heads;
  const double once = e.Norm() + e.wide * (3 * e.d + e.f) + 4 + e.wide * 4 * e.d + 4 * e.d;
  const double bytes = weights * (12 + (e.wide == 2 ? 2 : 0) + gradient) +
                       e.rows * (e.layers * block + once) +
                       ChunkedLogits(e.wide * vocabulary, e.rows, kLogitsBytes) + kWorkspaceBytes;
  return plan.dtype == "fp8" ? bytes + Fp8(e) : bytes;
}

// Whatever the products' precision, what is kept is float32.
double ByCpu(const Plan& plan, Extents e) {
  e.wide = 4;
  const double block = 2 * e.Norm() + e.wide * (2 * e.d + 2 * e.kv + 3 * e.f) + 4 * e.heads;
  const double once = e.Norm() + e.wide * (3 * e.d + 2 * e.f + e.d + 2 * e.kv) + 20;
  return 16 * static_cast<double>(plan.parameters) + e.rows * (e.layers * block + once) +
         ChunkedLogits(e.wide * e.vocabulary, e.rows, kCpuLogitsBytes);
}

double ByAutograd(const Plan& plan, const Extents& e) {
  const auto weights = static_cast<double>(plan.parameters);
  const double masks = plan.dropout > 0 ? 8 * e.d : 0;
  const double block = e.wide * (7 * e.d + 2 * e.kv + 3 * e.f) + 4 * e.heads + masks;
  const double largest = 4 * e.d * std::max({e.vocabulary, 2 * e.f, e.d + 2 * e.kv});
  const double logits = 8 * e.vocabulary + (e.wide == 2 ? 2 * e.vocabulary : 0);
  return weights * (16 + (e.wide == 2 ? 2 : 0)) + e.rows * (e.layers * block + logits) + largest;
}

}  // namespace

bool WrittenOut(const Plan& plan, const std::string& device_kind) {
  if (plan.dropout > 0) return false;
  if (device_kind == "cpu") return plan.dtype != "fp8";
  const ModelShape& s = plan.shape;
  const int64_t head_dim = s.HeadDim();
  return s.d_model % 8 == 0 && s.d_ff % 8 == 0 && s.d_model <= kWidestNorm && head_dim % 8 == 0 &&
         head_dim <= 128 && s.vocab_size <= kLargestVocabulary &&
         (s.heads == s.kv_heads || plan.dtype != "float32");
}

double EstimateTrainingMemory(const Plan& plan, const std::string& device_kind) {
  if (device_kind != "cpu" && device_kind != "cuda") {
    return std::max(EstimateTrainingMemory(plan, "cpu"), EstimateTrainingMemory(plan, "cuda"));
  }
  const Extents extents(plan);
  if (!WrittenOut(plan, device_kind)) return ByAutograd(plan, extents);
  return device_kind == "cpu" ? ByCpu(plan, extents) : ByCuda(plan, extents);
}

}  // namespace ff::scaling
