// Device memory of a test: filled from doubles (rounded to float or bfloat16), read back as
// doubles; and a comparison in norm. Skips with a reason where there is no GPU.
#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "worker/kernels/kernels.h"

namespace ff::kernels {

using Doubles = std::vector<double>;

inline Doubles Random(size_t count, uint64_t seed, double sd = 1) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal(0, sd);
  Doubles values(count);
  for (double& value : values) value = normal(engine);
  return values;
}

// As the device holds it.
inline double Rounded(double value, FfType type) {
  const float narrow = static_cast<float>(value);
  return type == kFfFloat32 ? narrow
                            : static_cast<double>(__bfloat162float(__float2bfloat16(narrow)));
}

class DeviceArray {
 public:
  DeviceArray(FfType type, Doubles values) : type_(type), values_(std::move(values)) {
    for (double& value : values_) value = Rounded(value, type);
    std::vector<char> bytes(values_.size() * Size());
    for (size_t i = 0; i < values_.size(); ++i) {
      const float narrow = static_cast<float>(values_[i]);
      const __nv_bfloat16 half = __float2bfloat16(narrow);
      std::memcpy(&bytes[i * Size()], type == kFfFloat32 ? (const void*)&narrow : &half, Size());
    }
    EXPECT_EQ(cudaMalloc(&data_, bytes.size() + 16), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(data_, bytes.data(), bytes.size(), cudaMemcpyHostToDevice), cudaSuccess);
  }
  // Poisoned, so that what a kernel does not write shows.
  static DeviceArray Output(FfType type, size_t count) {
    return DeviceArray(type, Doubles(count, std::nan("")));
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;

  void* data() const { return data_; }
  float* floats() const { return static_cast<float*>(data_); }
  const Doubles& values() const { return values_; }  // what was put in
  Doubles Read() const {
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);
    std::vector<char> bytes(values_.size() * Size());
    EXPECT_EQ(cudaMemcpy(bytes.data(), data_, bytes.size(), cudaMemcpyDeviceToHost), cudaSuccess);
    Doubles out(values_.size());
    for (size_t i = 0; i < out.size(); ++i) {
      float wide;
      __nv_bfloat16 half;
      std::memcpy(type_ == kFfFloat32 ? (void*)&wide : &half, &bytes[i * Size()], Size());
      out[i] = type_ == kFfFloat32 ? wide : __bfloat162float(half);
    }
    return out;
  }

 private:
  size_t Size() const { return type_ == kFfFloat32 ? 4 : 2; }
  FfType type_;
  Doubles values_;
  void* data_ = nullptr;
};

class DeviceInts {
 public:
  explicit DeviceInts(const std::vector<int32_t>& values) {
    EXPECT_EQ(cudaMalloc(&data_, values.size() * 4 + 16), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(data_, values.data(), values.size() * 4, cudaMemcpyHostToDevice),
              cudaSuccess);
  }
  ~DeviceInts() { cudaFree(data_); }
  DeviceInts(const DeviceInts&) = delete;
  int32_t* data() const { return static_cast<int32_t*>(data_); }

 private:
  void* data_ = nullptr;
};

// || got - want || <= tolerance || want ||; a NaN fails.
inline void ExpectNear(const Doubles& got, const Doubles& want, double tolerance) {
  ASSERT_EQ(got.size(), want.size());
  double difference = 0, size = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    difference += (got[i] - want[i]) * (got[i] - want[i]);
    size += want[i] * want[i];
  }
  EXPECT_LE(std::sqrt(difference / size), tolerance) << "of norm " << std::sqrt(size);
}

class KernelTest : public ::testing::TestWithParam<FfType> {
 protected:
  void SetUp() override {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
      GTEST_SKIP() << "no CUDA device on this machine";
    }
  }
  FfType type() const { return GetParam(); }
  // Of a result that is rounded once to the type.
  double tolerance() const { return type() == kFfFloat32 ? 2e-6 : 4e-3; }
};

}  // namespace ff::kernels
