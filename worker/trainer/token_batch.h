// A micro-batch's tokens as the CUDA engine wants them: 32-bit ids and targets, and the
// positions of equal ids brought together, so that the embedding's gradient needs no sort
// and no atomics on the device. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <vector>

namespace ff::trainer {

// Where the parts of a batch of `rows` = samples * seq_len lie in its array of int32.
struct TokenBatchLayout {
  explicit TokenBatchLayout(int64_t rows) : rows(rows) {}
  int64_t ids() const { return 0; }
  int64_t targets() const { return rows; }
  int64_t order() const { return 2 * rows; }        // rows, those of equal ids together
  int64_t segment_ids() const { return 3 * rows; }  // the id of each segment
  int64_t begin() const { return 4 * rows; }        // [segments + 1] into order
  int64_t counts() const { return 5 * rows + 1; }   // {segments, long ones, which come first}
  int64_t size() const { return (5 * rows + 3 + 3) / 4 * 4; }
  int64_t rows;
};

// A segment of more rows than this is long: a block of 16 warps adds it up.
inline constexpr int64_t kLongSegment = 64;

// tokens: [samples, length + 1] flat. `out`: TokenBatchLayout(samples * length).size() ints.
void FillTokenBatch(const std::vector<int64_t>& tokens, int64_t length, int64_t vocab_size,
                    int32_t* out);

}  // namespace ff::trainer
