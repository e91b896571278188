// How often each of many may call: a bucket of tokens for each key, filled at a rate up to a burst.
// Time is an argument. Not thread-safe.
#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace ff::access {

class RateLimit {
 public:
  // `per_second` 0: no bound.
  RateLimit(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  // Zero: go on. Else when to come again; nothing was taken.
  absl::Duration Take(absl::string_view key, absl::Time now);

 private:
  struct Bucket {
    double level = 0;
    absl::Time at;
  };
  void ForgetFull(absl::Time now);

  const double per_second_, burst_;
  absl::flat_hash_map<std::string, Bucket> buckets_;
};

}  // namespace ff::access
