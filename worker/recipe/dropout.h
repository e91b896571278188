// Which results of residual branches a step drops: a function of seed, step, sample and branch
// alone, so that a resumed run, another number of micro-batches and another device drop the same
// ones. Pure; thread-safe.
#pragma once

#include <cstdint>

namespace ff::recipe {

// Where in training a forward pass stands.
struct DropoutPlace {
  int64_t seed = 0, step = 0;
  int64_t first_sample = 0;  // of the step's batch
};

uint64_t DropoutKey(const DropoutPlace& place, int64_t sample, int64_t branch);

// out[i] = 1 with probability 1 - `dropout`, else 0, each by a hash of the key and i (the stream of
// splitmix64 that begins at the key).
void FillDropoutMask(uint64_t key, double dropout, int64_t count, float* out);

}  // namespace ff::recipe
