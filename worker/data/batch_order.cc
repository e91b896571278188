#include "worker/data/batch_order.h"

namespace ff::data {
namespace {

constexpr int kRounds = 4;

// The finalizer of splitmix64: every output bit depends on every input bit.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

Permutation::Permutation(uint64_t key, int64_t size) : key_(key), size_(size) {
  while ((int64_t{1} << (2 * half_bits_)) < size) ++half_bits_;
}

uint64_t Permutation::Encrypt(uint64_t value) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t left = value >> half_bits_, right = value & mask;
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t mixed = left ^ (Mix(key_ ^ Mix(right * kRounds + round)) & mask);
    left = right;
    right = mixed;
  }
  return (left << half_bits_) | right;
}

int64_t Permutation::operator()(int64_t index) const {
  uint64_t value = index;
  do {
    value = Encrypt(value);
  } while (value >= static_cast<uint64_t>(size_));
  return static_cast<int64_t>(value);
}

BatchOrder::BatchOrder(int64_t seed, int64_t windows, int64_t batch_size)
    : seed_(seed), windows_(windows), batch_size_(batch_size) {}

int64_t BatchOrder::Window(int64_t step, int64_t sample) const {
  const int64_t position = step * batch_size_ + sample;
  const uint64_t key = Mix(static_cast<uint64_t>(seed_)) + position / windows_;
  return Permutation(Mix(key), windows_)(position % windows_);
}

double BatchOrder::Epochs(int64_t steps) const {
  return double(steps) * double(batch_size_) / double(windows_);
}

}  // namespace ff::data
