// Causal attention on the CPU, forward and backward, over packed q, k and v: a block of
// queries at a time against the keys before it, so memory grows with the sequence and not
// with its square, and the half above the diagonal is mostly skipped. The backward pass
// computes the probabilities anew from the kept logarithms of their sums.
// Sequences and heads are dealt out over LibTorch's threads; a result does not depend on how.
#pragma once

#include <cstdint>
#include <vector>

namespace ff::trainer::cpu {

struct AttentionShape {
  int64_t positions, heads, kv_heads, head_dim;
  float logit_scale;
  int64_t width() const { return (heads + 2 * kv_heads) * head_dim; }  // of a row of qkv
};

class Attention {
 public:
  // Scratch for as many threads as LibTorch has now.
  explicit Attention(const AttentionShape& shape);

  // qkv [samples * positions, width] (heads of q, of k, of v) -> out [samples * positions, heads *
  // head_dim]; log_sums [samples * heads * positions] is for the backward pass.
  void Forward(const float* qkv, int64_t samples, float* out, float* log_sums);

  // grad_qkv (as qkv) from grad_out (as out).
  void Backward(const float* qkv, const float* out, const float* log_sums, const float* grad_out,
                int64_t samples, float* grad_qkv);

 private:
  struct Task;  // one sequence, the heads that share a head of k and v
  template <class Work>
  void ForEach(int64_t samples, const Work& work);
  void ForwardTask(const Task& task, float* scratch) const;
  void BackwardTask(const Task& task, float* scratch) const;

  const AttentionShape shape_;
  std::vector<std::vector<float>> scratch_;
};

}  // namespace ff::trainer::cpu
