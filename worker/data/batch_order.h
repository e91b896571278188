// Which training window each sample of each step reads: a fresh seeded permutation of all
// windows for every pass over the data. A pure function of (seed, step, sample), so that
// resuming costs nothing and splitting a batch changes nothing. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <vector>

namespace ff::data {

// A permutation of 0 .. size - 1 by its key: a four-round Feistel network over the next
// even power of two, walked on until it falls below `size` (Black and Rogaway 2002).
class Permutation {
 public:
  Permutation(uint64_t key, int64_t size);
  int64_t operator()(int64_t index) const;

 private:
  uint64_t Encrypt(uint64_t value) const;

  uint64_t key_;
  int64_t size_;
  int half_bits_ = 1;
};

class BatchOrder {
 public:
  BatchOrder(int64_t seed, int64_t windows, int64_t batch_size);

  // Window of sample `sample` (0 .. batch_size - 1) in step `step` (from 0).
  int64_t Window(int64_t step, int64_t sample) const;

  // Passes over the data that `steps` steps need: more than 1 repeats text.
  double Epochs(int64_t steps) const;

 private:
  int64_t seed_, windows_, batch_size_;
};

}  // namespace ff::data
