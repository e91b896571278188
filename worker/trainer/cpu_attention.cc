#include "worker/trainer/cpu_attention.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "worker/trainer/cpu_fused.h"
#include "worker/trainer/cpu_gemm.h"

namespace ff::trainer::cpu {
namespace {

// Queries at a time: few, so that little above the diagonal is computed; enough for a product.
constexpr int64_t kBlock = 64;

}  // namespace

struct Attention::Task {
  const float* qkv;
  const float* out;
  const float* grad_out;
  float *result, *log_sums;
  int64_t sample, kv_head;
};

Attention::Attention(const AttentionShape& shape) : shape_(shape) {
  const int64_t floats = 2 * std::min(kBlock, shape.positions) * shape.positions;
  scratch_.resize(at::get_num_threads(), std::vector<float>(floats));
}

template <class Work>
void Attention::ForEach(int64_t samples, const Work& work) {
  at::parallel_for(0, samples * shape_.kv_heads, 1, [&](int64_t begin, int64_t end) {
    float* scratch = scratch_[at::get_thread_num()].data();
    for (int64_t i = begin; i < end; ++i) work(i / shape_.kv_heads, i % shape_.kv_heads, scratch);
  });
}

void Attention::Forward(const float* qkv, int64_t samples, float* out, float* log_sums) {
  ForEach(samples, [&](int64_t sample, int64_t kv_head, float* scratch) {
    ForwardTask({qkv, nullptr, nullptr, out, log_sums, sample, kv_head}, scratch);
  });
}

void Attention::Backward(const float* qkv, const float* out, const float* log_sums,
                         const float* grad_out, int64_t samples, float* grad_qkv) {
  ForEach(samples, [&](int64_t sample, int64_t kv_head, float* scratch) {
    float* sums = const_cast<float*>(log_sums);  // read alone
    BackwardTask({qkv, out, grad_out, grad_qkv, sums, sample, kv_head}, scratch);
  });
}

void Attention::ForwardTask(const Task& t, float* scores) const {
  const int64_t T = shape_.positions, D = shape_.head_dim, W = shape_.width();
  const int64_t group = shape_.heads / shape_.kv_heads, model = shape_.heads * D;
  const float* rows = t.qkv + t.sample * T * W;
  const float* k = rows + (shape_.heads + t.kv_head) * D;
  const float* v = k + shape_.kv_heads * D;
  for (int64_t head = t.kv_head * group; head < (t.kv_head + 1) * group; ++head) {
    float* log_sums = t.log_sums + (t.sample * shape_.heads + head) * T;
    for (int64_t first = 0; first < T; first += kBlock) {
      const int64_t count = std::min(kBlock, T - first), seen = first + count;
      Multiply({count, seen, D, shape_.logit_scale}, {rows + first * W + head * D, W}, {k, W, true},
               scores, seen);
      CausalSoftmax(scores, first, count, seen, log_sums + first);
      Multiply({count, D, seen}, {scores, seen}, {v, W},
               t.result + (t.sample * T + first) * model + head * D, model);
    }
  }
}

// Blocks from the last, which sees every key, to the first: the first product of a gradient of
// k or v writes, the others add.
void Attention::BackwardTask(const Task& t, float* scores) const {
  const int64_t T = shape_.positions, D = shape_.head_dim, W = shape_.width();
  const int64_t group = shape_.heads / shape_.kv_heads, model = shape_.heads * D;
  const float* rows = t.qkv + t.sample * T * W;
  float* grad_rows = t.result + t.sample * T * W;
  const int64_t k = (shape_.heads + t.kv_head) * D, v = k + shape_.kv_heads * D;
  float* grad_scores = scores + std::min(kBlock, T) * T;
  float keep = 0;
  for (int64_t head = t.kv_head * group; head < (t.kv_head + 1) * group; ++head) {
    const float* log_sums = t.log_sums + (t.sample * shape_.heads + head) * T;
    for (int64_t first = (T - 1) / kBlock * kBlock; first >= 0; first -= kBlock) {
      const int64_t count = std::min(kBlock, T - first), seen = first + count;
      const int64_t at = (t.sample * T + first) * model + head * D;
      const Matrix q{rows + first * W + head * D, W}, grad_out{t.grad_out + at, model};
      Multiply({count, seen, D, shape_.logit_scale}, q, {rows + k, W, true}, scores, seen);
      Multiply({count, seen, D}, grad_out, {rows + v, W, true}, grad_scores, seen);
      CausalSoftmaxBackward(scores, grad_scores,
                            {t.out + at, t.grad_out + at, log_sums + first, first, count, seen, D,
                             model, shape_.logit_scale});
      Multiply({count, D, seen}, {grad_scores, seen}, {rows + k, W},
               grad_rows + first * W + head * D, W);
      Multiply({seen, D, count, 1, keep}, {grad_scores, seen, true}, q, grad_rows + k, W);
      Multiply({seen, D, count, 1, keep}, {scores, seen, true}, grad_out, grad_rows + v, W);
      keep = 1;
    }
  }
}

}  // namespace ff::trainer::cpu
