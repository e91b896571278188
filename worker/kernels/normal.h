// Normal numbers that do not depend on where or in what order they are drawn: number `index`
// of a seed, the same bits on a CPU and a GPU. Integers are hashed (splitmix64); the inverse
// of the normal distribution is Wichura's PPND7 (AS 241, 1988), about 7 digits; a sum of a
// product is an explicit fma and everything else a single correctly rounded operation, so
// that no compiler has anything to choose. Pure; thread-safe. FTZ modes do not matter.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#define FF_HOST_DEVICE __host__ __device__ inline
#else
#define FF_HOST_DEVICE inline
#endif

namespace ff::kernels {

FF_HOST_DEVICE float Fma(float a, float b, float c) {
#ifdef __CUDA_ARCH__
  return __fmaf_rn(a, b, c);
#else
  return std::fma(a, b, c);
#endif
}
FF_HOST_DEVICE float Over(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fdiv_rn(a, b);
#else
  return a / b;
#endif
}
FF_HOST_DEVICE float Root(float a) {
#ifdef __CUDA_ARCH__
  return __fsqrt_rn(a);
#else
  return std::sqrt(a);
#endif
}

// splitmix64: its finalizer over the index-th multiple of the golden ratio from the seed.
FF_HOST_DEVICE uint64_t HashAt(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// Natural logarithm of x in (0, 1), x normal: x = m 2^e with m in [sqrt(1/2), sqrt(2));
// ln m by the polynomial of Cephes' logf, good to 1e-7.
FF_HOST_DEVICE float LogOf(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  int32_t e = int32_t(bits >> 23) - 126;
  bits = (bits & 0x007fffff) | 0x3f000000;  // m in [1/2, 1)
  float m;
  memcpy(&m, &bits, sizeof m);
  if (m < 0.70710678F) {
    e -= 1;
    m = m + m;
  }
  const float f = m - 1, squared = f * f;
  float p = 7.0376836292e-2F;
  p = Fma(p, f, -1.1514610310e-1F);
  p = Fma(p, f, 1.1676998740e-1F);
  p = Fma(p, f, -1.2420140846e-1F);
  p = Fma(p, f, 1.4249322787e-1F);
  p = Fma(p, f, -1.6668057665e-1F);
  p = Fma(p, f, 2.0000714765e-1F);
  p = Fma(p, f, -2.4999993993e-1F);
  p = Fma(p, f, 3.3333331174e-1F);
  const float tail = Fma(-0.5F, squared, (p * f) * squared);
  return Fma(float(e), 0.69314718056F, f + tail);
}

// z with Phi(z) = p, 0 < p <= 1/2: not positive.
FF_HOST_DEVICE float LowerQuantile(float p) {
  const float q = p - 0.5F;
  if (q > -0.425F) {
    const float r = Fma(-q, q, 0.180625F);
    const float above =
        Fma(Fma(Fma(5.9109374720e1F, r, 1.5929113202e2F), r, 5.0434271938e1F), r, 3.3871327179F);
    const float below =
        Fma(Fma(Fma(6.7187563600e1F, r, 7.8757757664e1F), r, 1.7895169469e1F), r, 1.0F);
    return q * Over(above, below);
  }
  float r = Root(-LogOf(p));
  float above, below;
  if (r <= 5) {
    r = r - 1.6F;
    above = Fma(Fma(Fma(1.7023821103e-1F, r, 1.3067284816F), r, 2.7568153900F), r, 1.4234372777F);
    below = Fma(Fma(1.2021132975e-1F, r, 7.3700164250e-1F), r, 1.0F);
  } else {
    r = r - 5;
    above =
        Fma(Fma(Fma(1.7337203997e-2F, r, 4.2868294337e-1F), r, 3.0812263860F), r, 6.6579051150F);
    below = Fma(Fma(1.2258202635e-2F, r, 2.4197894225e-1F), r, 1.0F);
  }
  return -Over(above, below);
}

// Number `index` of the standard normal numbers of `seed`; its size is below 6.4.
FF_HOST_DEVICE float NormalAt(uint64_t seed, uint64_t index) {
  const uint64_t bits = HashAt(seed, index);
  // 31 bits of probability in (0, 1/2], one of sign.
  const float p = Fma(float(uint32_t(bits >> 33)), 2.3283064365e-10F, 1.1641532183e-10F);
  const float z = LowerQuantile(p);
  return (bits & 1) != 0 ? -z : z;
}

}  // namespace ff::kernels
