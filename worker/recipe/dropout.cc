#include "worker/recipe/dropout.h"

#include <cmath>
#include <initializer_list>

namespace ff::recipe {
namespace {

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;

uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

uint64_t DropoutKey(const DropoutPlace& place, int64_t sample, int64_t branch) {
  uint64_t key = Mix(static_cast<uint64_t>(place.seed) + kGolden);
  for (const int64_t part : {place.step, place.first_sample + sample, branch}) {
    key = Mix(key ^ (static_cast<uint64_t>(part) * kGolden + kGolden));
  }
  return key;
}

// 24 bits of the hash decide: more than a mask's mean can be told from.
void FillDropoutMask(uint64_t key, double dropout, int64_t count, float* out) {
  const auto dropped = static_cast<uint64_t>(std::llround(dropout * double(1 << 24)));
  for (int64_t i = 0; i < count; ++i) {
    const uint64_t hash = Mix(key + (static_cast<uint64_t>(i) + 1) * kGolden);
    out[i] = (hash >> 40) >= dropped ? 1.0f : 0.0f;
  }
}

}  // namespace ff::recipe
