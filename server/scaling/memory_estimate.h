// What training a plan holds in memory at its peak, tensor by tensor as the trainer keeps them: to
// place experiments on devices and to say beforehand what does not fit. Within 15 % of the peak
// that LibTorch's allocator counts (tests compare it with measured runs); the runtime itself (some
// 0.5 GB of a GPU for CUDA, 0.3 GB of a host for LibTorch) comes on top. Pure; thread-safe.
#pragma once

#include <string>

#include "server/domain/plan.h"

namespace ff::scaling {

// Bytes. `device_kind`: cuda | cpu; anything else: not known, the larger of the two.
//
// With N parameters, t = ceil(batch / accumulation) * T rows in a micro-batch, a = 4 bytes in
// float32, else 2, d, f, V, L, h as ever, k = (kv heads) * (head size):
//
// By the passes written out (worker/trainer/cuda_decoder.h and cpu_decoder.h, which is float32):
//   weights      12 N (float32 master and Adam's moments), gradients a N (4 N when micro-batches
//                accumulate), and where a = 2 a copy of 2 N; V rounded up to 64 on a GPU;
//   a block      a t (2 d norms + d + 2 k qkv + d attention + 3 f gate, up and product), 2 d more
//   with
//                gains; 8 t + 4 h t statistics;
//   once         a t (4 d + f) streams and gradients, a t 4 d + 4 t d attention's backward pass,
//                logits of as many rows as fit in 1 GiB, 32 MiB for cuBLAS; on a CPU a t (5 d + 2 f
//                + 2 k) and 64 MiB of logits;
//   fp8          two copies of the weights that it multiplies and of the widest input and gradient.
//
// By autograd (for what those do not serve):
//   weights      16 N, and where a = 2 a copy of 2 N;
//   a block      a t (4 d norms and their inputs + d + 2 k qkv + 2 d attention + 3 f), 4 h t; with
//                dropout 8 t d for the masks;
//   once         8 t V logits and their gradient in float32, 2 V t in bfloat16, and the gradient of
//   the
//                largest matrix before it is added up.
double EstimateTrainingMemory(const Plan& plan, const std::string& device_kind);

// Whether the passes written out serve the plan on such a device; where not, autograd trains it.
bool WrittenOut(const Plan& plan, const std::string& device_kind);

}  // namespace ff::scaling
