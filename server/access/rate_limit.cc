#include "server/access/rate_limit.h"

#include <algorithm>

namespace ff::access {
namespace {

// Beyond so many, keys that have not called for long are forgotten: whoever comes from many
// addresses must not fill the memory.
constexpr size_t kMostKeys = 4096;

}  // namespace

absl::Duration RateLimit::Take(absl::string_view key, absl::Time now) {
  if (per_second_ <= 0) return absl::ZeroDuration();
  if (buckets_.size() >= kMostKeys) ForgetFull(now);
  const auto [it, fresh] = buckets_.try_emplace(key, Bucket{burst_, now});
  Bucket& bucket = it->second;
  const double passed = std::max(absl::ToDoubleSeconds(now - bucket.at), 0.0);
  bucket.level = std::min(burst_, bucket.level + passed * per_second_);
  bucket.at = now;
  if (bucket.level >= 1) {
    bucket.level -= 1;
    return absl::ZeroDuration();
  }
  return absl::Seconds((1 - bucket.level) / per_second_);
}

void RateLimit::ForgetFull(absl::Time now) {
  const auto full = [&](const auto& entry) {
    const double passed = absl::ToDoubleSeconds(now - entry.second.at);
    return entry.second.level + passed * per_second_ >= burst_;
  };
  absl::erase_if(buckets_, full);
  // All of them are busy: a bound on memory goes before a bound on calls.
  if (buckets_.size() >= kMostKeys) buckets_.clear();
}

}  // namespace ff::access
