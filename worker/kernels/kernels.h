// The decoder's element-wise work, loss and optimizer on a GPU, each in one pass over
// memory: CUDA kernels behind plain C functions, without LibTorch. All pointers are device
// memory, 16-byte aligned; matrices are row-major and packed unless a stride is given; work
// is only enqueued on `stream`. Sums run in float and in a fixed order, so the same input
// gives the same bits. Every function returns cudaGetLastError() (0: fine). Thread-safe.
#pragma once

#include <cstdint>

struct CUstream_st;

extern "C" {

using FfStream = CUstream_st*;

// Of activations, gradients and the weights that products read. Arithmetic is in float.
enum FfType { kFfFloat32 = 0, kFfBfloat16 = 1 };

// Widths of norms and gates must be multiples of 8, at most kFfMaxNormWidth for norms.
enum { kFfMaxNormWidth = 8192, kFfMaxVocabulary = 131072, kFfAdamChunk = 2048 };

// x <- branch_scale * branch + skip_scale * x (branch null: x as it is), then
// normed = x / sqrt(mean(x^2) + eps), and scaled = normed * gain where gain is given.
// Keeps 1 / root of each row in `inverse`. x, branch, normed, scaled: [rows, width].
struct FfNormForward {
  const void* branch;
  void* x;
  float branch_scale, skip_scale, eps;
  const float* gain;
  void *normed, *scaled;
  float* inverse;
  int64_t rows, width;
  void* narrow;  // or null: what products read, in E4M3 (see FfCastFp8)
};
int FfResidualRmsNormForward(FfStream stream, FfType type, const FfNormForward& args);

// grad_x <- skip_scale * grad_x + branch_scale * (gradient of the norm), the latter being
// inverse (h - n mean(h n)) with h = grad_scaled * gain. first: grad_x is not read.
struct FfNormBackward {
  const void *grad_scaled, *normed;
  const float *inverse, *gain;
  float branch_scale, skip_scale;
  bool first;
  void* grad_x;
  int64_t rows, width;
};
int FfResidualRmsNormBackward(FfStream stream, FfType type, const FfNormBackward& args);

// grad_gain <- keep * grad_gain + scale * sum over rows of grad_scaled * normed; grad_gain is
// of type `grad_type`. `partial`: kFfGainParts * width floats of scratch.
enum { kFfGainParts = 64 };
struct FfGainBackward {
  const void *grad_scaled, *normed;
  float scale, keep;
  float* partial;
  FfType grad_type;
  void* grad_gain;
  int64_t rows, width;
};
int FfNormGainBackward(FfStream stream, FfType type, const FfGainBackward& args);

// Rotates pairs (j, j + head_dim / 2) of the first `rotated` of `heads` heads, in place.
// x: [rows, heads, head_dim]; row r stands at position r % positions; cosine and sine are
// [positions, head_dim / 2].
struct FfRotary {
  void* x;
  const float *cosine, *sine;
  int64_t rows, positions, rotated, heads, head_dim;
};
int FfRotaryForward(FfStream stream, FfType type, const FfRotary& args);

// Gradients of q, k and v, turned back where they were rotated, into one packed
// [batch * positions, heads + 2 kv_heads, head_dim]. Strides in elements; head_dim has 1.
struct FfHeads {
  const void* data;
  int64_t batch_stride, position_stride, head_stride;
};
struct FfRotaryBackward {
  FfHeads q, k, v;
  const float *cosine, *sine;
  int64_t batch, positions, heads, kv_heads, head_dim;
  void* packed;
};
int FfRotaryBackwardPacked(FfStream stream, FfType type, const FfRotaryBackward& args);

// Rows hold u (width) and g (width): y = scale u g sigmoid(sharpness g).
int FfGatedSiluForward(FfStream stream, FfType type, const void* u_gate, float sharpness,
                       float scale, int64_t rows, int64_t width, void* y);
// The gradient takes the place of u and g.
int FfGatedSiluBackward(FfStream stream, FfType type, const void* grad_y, float sharpness,
                        float scale, int64_t rows, int64_t width, void* u_gate);

// 8-bit floats: values rounded to the nearest, what is too large to the largest (448, 57344).
enum FfFp8 { kFfE4M3 = 0, kFfE5M2 = 1 };

// out [rows, columns] (or null) and transposed [columns, rows] from x [rows, columns] of `type`;
// rows and columns are multiples of 16.
struct FfFp8Cast {
  FfType type;
  const void* x;
  int64_t rows, columns;
  FfFp8 format;
  void *out, *transposed;
};
int FfCastFp8(FfStream stream, const FfFp8Cast& args);

// FfGatedSiluBackward on bfloat16 with the gradient in E5M2, as out [rows, 2 width] and as
// transposed [2 width, rows]; rows and width are multiples of 16.
struct FfGatedSiluFp8 {
  const void *grad_y, *u_gate;
  float sharpness, scale;
  int64_t rows, width;
  void *out, *transposed;
};
int FfGatedSiluBackwardFp8(FfStream stream, const FfGatedSiluFp8& args);

// FfRotaryBackwardPacked on bfloat16 with the gradient in E5M2, as packed [rows, heads + 2
// kv_heads, head_dim] and as transposed; rows and columns are multiples of 16, head_dim of 8.
int FfRotaryBackwardFp8(FfStream stream, const FfRotaryBackward& args, void* transposed);

// out[i] = mean + sd * (normal number i of the seed, see normal.h).
int FfFillNormal(FfStream stream, uint64_t seed, float mean, float sd, int64_t count, float* out);

// losses[r] = -log softmax(sharpness z)[target], and (with_grad) z <- scale (softmax -
// onehot) in place: a row is read once and written once. logits: [rows, stride], of which
// the first `width` count and the rest become 0; stride a multiple of 8.
struct FfCrossEntropy {
  void* logits;
  const int32_t* targets;
  float sharpness, scale;
  bool with_grad;
  float* losses;
  int64_t rows, width, stride;
};
int FfCrossEntropyInPlace(FfStream stream, FfType type, const FfCrossEntropy& args);

// sum <- (first ? 0 : sum) + sum of losses.
int FfSumLosses(FfStream stream, const float* losses, int64_t rows, bool first, float* sum);

// x[r] = table[ids[r]].
int FfEmbeddingForward(FfStream stream, FfType type, const int32_t* ids, const void* table,
                       int64_t rows, int64_t width, void* x);

// The table's gradient, row by row: tokens of the same id are neighbours in `order`, so that
// no two threads add to one row and the order of additions is fixed. Ids of the batch come as
// segments: segment s is id segment_ids[s], at order[begin[s] .. begin[s + 1]); the `heavy`
// first ones are long and get a block each, the others a warp. counts: {segments, heavy} in
// device memory, so that a captured launch serves any batch; segments <= max_segments.
// grad_table <- keep * grad_table + scale * sum; rows without a token are left alone.
struct FfEmbeddingBackward {
  const void* grad_x;
  const int32_t *order, *begin, *segment_ids, *counts;
  int64_t max_segments, width;
  float scale, keep;
  FfType grad_type;
  void* grad_table;
};
int FfEmbeddingBackwardSorted(FfStream stream, FfType type, const FfEmbeddingBackward& args);

// What changes from step to step, in device memory so that a captured step needs no new
// capture. apply 0: the optimizer leaves everything alone (rehearsals).
struct FfStepScalars {
  float rate_factor;         // of every peak rate
  float inverse_bias1;       // 1 / (1 - beta1^t)
  float inverse_root_bias2;  // 1 / sqrt(1 - beta2^t)
  int32_t apply;
};

// norm <- sqrt(sum of squares); clip <- min(1, max_norm / norm), 1 where max_norm is 0.
// `partial`: kFfNormParts floats of scratch.
enum { kFfNormParts = 1024 };
int FfGradNorm(FfStream stream, FfType grad_type, const void* grad, int64_t count, float max_norm,
               float* partial, float* norm, float* clip);

// AdamW over all tensors at once. They lie one after another in flat arrays, each padded to
// whole chunks of kFfAdamChunk; chunk c belongs to tensor chunk_tensor[c], whose peak rate and
// decay are rates[2 t], rates[2 t + 1]. Each step: w -= rate * decay * w; w -= rate *
// (m / bias1) / (sqrt(v / bias2) + eps). Does nothing where *loss_sum is not finite, so a
// diverged step leaves the state as it was. shadow (or null) <- w in bfloat16.
struct FfAdamW {
  float *weight, *first, *second;
  const void* grad;
  FfType grad_type;
  void* shadow;
  const int32_t* chunk_tensor;
  const float* rates;
  int64_t chunks;
  const FfStepScalars* scalars;
  const float *clip, *loss_sum;  // either may be null
  float beta1, beta2, eps;
};
int FfAdamWStep(FfStream stream, const FfAdamW& args);

// The same step for one tensor, a matrix whose first element is `offset` in the flat arrays and
// whose narrow copies products read: out [rows, columns] and transposed [columns, rows] <- w in
// E4M3. Rows and columns are multiples of 16; shadow, chunks and chunk_tensor are not used.
struct FfFp8Matrix {
  int64_t offset, rows, columns;
  int32_t tensor;
  void *out, *transposed;
};
int FfAdamWStepFp8(FfStream stream, const FfAdamW& args, const FfFp8Matrix& matrix);

}  // extern "C"
