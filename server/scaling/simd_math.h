// Exponential and logarithm of eight doubles at once, written in the compilers' vector
// extensions so that one source serves SSE2, AVX2 and AVX-512. Relative error below 3e-16 in
// the ranges stated; no branches, no tables, no errno. Inline, for kernels only.
#pragma once

#include <cstdint>
#include <cstring>

namespace ff::scaling::simd {

inline constexpr int kLanes = 8;
using Vec = double __attribute__((vector_size(64)));
using Bits = int64_t __attribute__((vector_size(64)));

// References, not values: passing wide vectors by value depends on the instruction set.
#define FF_SIMD_INLINE __attribute__((always_inline)) inline

FF_SIMD_INLINE void Load(const double* from, Vec* to) { std::memcpy(to, from, sizeof(Vec)); }

FF_SIMD_INLINE double Sum(const Vec& v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// exp(x) for any x: below -708 it gives exp(-708) (3e-308), above 708 exp(708).
// x = k ln 2 + r with |r| <= ln 2 / 2; exp(r) by its Taylor series to r^13 / 13!, whose
// remainder is below 0.35^14 / 14! = 5e-18; 2^k through the exponent bits.
FF_SIMD_INLINE void Exp(const Vec& argument, Vec* result) {
  const Vec low = Vec{} - 708.0, high = Vec{} + 708.0;
  Vec x = argument < low ? low : argument;
  x = x > high ? high : x;
  // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits.
  const Vec magic = Vec{} + 0x1.8p52;
  const Vec shifted = x * 0x1.71547652b82fep+0 + magic;
  const Vec k = shifted - magic;
  const Vec r = (x - k * 0x1.62e42fefa0000p-1) - k * 0x1.cf79abc9e3b3ap-40;
  Vec p = Vec{} + 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  Bits scale;
  std::memcpy(&scale, &shifted, sizeof(scale));
  scale = (scale + 1023) << 52;
  Vec two_to_k;
  std::memcpy(&two_to_k, &scale, sizeof(scale));
  *result = p * two_to_k;
}

// log(x) for positive normal x. x = 2^k m with m in [sqrt(1/2), sqrt(2)), s = (m-1)/(m+1),
// log m = 2 s (1 + s^2/3 + ... + s^20/21); |s| <= 0.1716, remainder below 0.1716^23/23 = 1e-19.
FF_SIMD_INLINE void Log(const Vec& x, Vec* result) {
  Bits bits;
  std::memcpy(&bits, &x, sizeof(bits));
  // Subtracting sqrt(1/2)'s bits makes the exponent field count from sqrt(1/2).
  const Bits offset = bits - INT64_C(0x3fe6a09e667f3bcd);
  const Bits k = offset >> 52;
  const Bits mantissa = bits - (k << 52);
  Vec m;
  std::memcpy(&m, &mantissa, sizeof(m));
  // Integers to doubles the other way round the same trick.
  const Bits as_double = k + INT64_C(0x4338000000000000);
  Vec exponent;
  std::memcpy(&exponent, &as_double, sizeof(exponent));
  exponent = exponent - 0x1.8p52;
  const Vec s = (m - 1.0) / (m + 1.0);
  const Vec z = s * s;
  Vec p = Vec{} + 1.0 / 21.0;
  p = p * z + 1.0 / 19.0;
  p = p * z + 1.0 / 17.0;
  p = p * z + 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  *result = exponent * 0x1.62e42fefa39efp-1 + (2.0 * s + 2.0 * s * z * p);
}

}  // namespace ff::scaling::simd
