// Which part of a dataset is held out for validation: blocks spread evenly over the file,
// so that both parts see all of it. A function of the length, the fraction and the
// context alone. Immutable; thread-safe.
//
// A window is a sample's seq_len + 1 tokens: seq_len inputs, and their targets one further.
// Windows of a part tile its runs of blocks in steps of seq_len; each token is a target in at
// most one window, and no window reaches into the other part.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace ff::data {

class Windows {
 public:
  explicit Windows(int64_t seq_len) : seq_len_(seq_len) {}
  void AddRun(int64_t first, int64_t end);  // tokens [first, end), runs in ascending order

  int64_t count() const { return count_; }
  int64_t tokens() const { return tokens_; }  // of all runs
  int64_t Start(int64_t index) const;         // first token of window 0 .. count() - 1

 private:
  struct Run {
    int64_t first_window, first_token;
  };
  int64_t seq_len_;
  int64_t count_ = 0, tokens_ = 0;
  std::vector<Run> runs_;
};

struct HeldOutSplit {
  Windows training, held_out;
};

// Blocks of about 2^14 tokens (longer for long contexts, shorter in small files).
// INVALID_ARGUMENT: too few tokens for a window in both parts; says how many are needed.
absl::StatusOr<HeldOutSplit> SplitTokens(int64_t tokens, double held_out_fraction, int64_t seq_len);

}  // namespace ff::data
