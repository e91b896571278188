// Random numbers for bootstraps: Sebastiano Vigna's splitmix64, a counter hashed, so the draws
// of one stream can be made alone and do not depend on threads. One object, one thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

namespace ff::scaling {

class SplitMix {
 public:
  SplitMix(uint64_t seed, uint64_t stream) : state_(Mix(seed) ^ Mix(stream + kStep)) {}
  uint64_t Next() { return Mix(state_ += kStep); }
  // In [0, 1).
  double Fraction() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  // Below `count`, which is not 0.
  size_t Index(size_t count) {
    return std::min(count - 1, static_cast<size_t>(Fraction() * static_cast<double>(count)));
  }
  // Standard normal; Box and Muller 1958.
  double Normal() {
    const double radius = std::sqrt(-2 * std::log(1 - Fraction()));
    return radius * std::cos(2 * std::numbers::pi * Fraction());
  }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15;
  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

}  // namespace ff::scaling
