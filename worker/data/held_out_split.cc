#include "worker/data/held_out_split.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace ff::data {
namespace {

constexpr int64_t kBlockTokens = int64_t{1} << 14;
constexpr int64_t kWindowsPerBlock = 16;  // at least, so that the ends of blocks waste little
constexpr double kHeldOutBlocks = 8;      // wanted, before blocks get shorter

int64_t BlockCount(int64_t tokens, double fraction, int64_t window) {
  int64_t block = std::max(kBlockTokens, kWindowsPerBlock * window);
  const auto too_few = [&](int64_t blocks) { return double(blocks) * fraction < kHeldOutBlocks; };
  while (too_few(tokens / block) && block / 2 >= window) block /= 2;
  return tokens / block;
}

}  // namespace

void Windows::AddRun(int64_t first, int64_t end) {
  tokens_ += end - first;
  const int64_t windows = (end - first - 1) / seq_len_;
  if (windows <= 0) return;
  runs_.push_back({count_, first});
  count_ += windows;
}

int64_t Windows::Start(int64_t index) const {
  const auto next =
      std::upper_bound(runs_.begin(), runs_.end(), index,
                       [](int64_t i, const Run& run) { return i < run.first_window; });
  const Run& run = *(next - 1);
  return run.first_token + (index - run.first_window) * seq_len_;
}

// Block i is held out where floor(i f) steps up, which spreads them evenly and keeps their
// share within one block of the fraction.
absl::StatusOr<HeldOutSplit> SplitTokens(int64_t tokens, double held_out_fraction,
                                         int64_t seq_len) {
  const int64_t blocks = BlockCount(tokens, held_out_fraction, seq_len + 1);
  HeldOutSplit split{Windows(seq_len), Windows(seq_len)};
  const auto held_out = [&](int64_t i) {
    return std::floor(double(i + 1) * held_out_fraction + 0.5) >
           std::floor(double(i) * held_out_fraction + 0.5);
  };
  const auto boundary = [&](int64_t i) {
    return tokens / blocks * i + std::min(i, tokens % blocks);
  };
  for (int64_t i = 0; i < blocks;) {
    const bool kind = held_out(i);
    int64_t end = i + 1;
    while (end < blocks && held_out(end) == kind) ++end;
    (kind ? split.held_out : split.training).AddRun(boundary(i), boundary(end));
    i = end;
  }
  if (split.training.count() == 0 || split.held_out.count() == 0) {
    const double share = std::min(held_out_fraction, 1 - held_out_fraction);
    return absl::InvalidArgumentError(
        absl::StrCat(tokens, " tokens are too few to hold out ", held_out_fraction,
                     " of them with a context of ", seq_len, ": about ",
                     int64_t(std::ceil(double(seq_len + 1) / share)), " are needed"));
  }
  return split;
}

}  // namespace ff::data
