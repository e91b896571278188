#include "worker/trainer/token_batch.h"

namespace ff::trainer {

// A counting sort by id; segments in order of id, long ones before the others.
void FillTokenBatch(const std::vector<int64_t>& tokens, int64_t length, int64_t vocab_size,
                    int32_t* out) {
  const int64_t samples = static_cast<int64_t>(tokens.size()) / (length + 1);
  const TokenBatchLayout at(samples * length);
  std::vector<int32_t> counts(vocab_size, 0);
  for (int64_t s = 0; s < samples; ++s) {
    const int64_t* sample = &tokens[s * (length + 1)];
    for (int64_t t = 0; t < length; ++t) {
      out[at.ids() + s * length + t] = static_cast<int32_t>(sample[t]);
      out[at.targets() + s * length + t] = static_cast<int32_t>(sample[t + 1]);
      ++counts[sample[t]];
    }
  }
  int32_t segments = 0, position = 0, long_ones = 0;
  std::vector<int32_t> next(vocab_size, 0);
  for (const bool want_long : {true, false}) {
    for (int64_t id = 0; id < vocab_size; ++id) {
      if (counts[id] == 0 || (counts[id] > kLongSegment) != want_long) continue;
      out[at.segment_ids() + segments] = static_cast<int32_t>(id);
      out[at.begin() + segments] = next[id] = position;
      position += counts[id];
      ++segments;
    }
    if (want_long) long_ones = segments;
  }
  out[at.begin() + segments] = position;
  out[at.counts()] = segments, out[at.counts() + 1] = long_ones;
  for (int64_t row = 0; row < at.rows; ++row) {
    out[at.order() + next[out[at.ids() + row]]++] = static_cast<int32_t>(row);
  }
}

}  // namespace ff::trainer
