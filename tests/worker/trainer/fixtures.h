// The reference package's numbers (data/*.json) as tensors, and comparisons with the
// tolerances of their description. FF_TEST_DEVICE in the environment (cuda:0) has them on
// another device than the CPU.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace ff::trainer {

using nlohmann::json;

// Where the tensors of tests live: FF_TEST_DEVICE ("cuda:0"), else the processor.
inline at::Device TestDevice() {
  const char* named = std::getenv("FF_TEST_DEVICE");
  return at::Device(named == nullptr ? "cpu" : named);
}

// A test that runs on any device and is skipped where that is not there.
class DeviceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (TestDevice().is_cuda() && !at::hasCUDA()) GTEST_SKIP() << "LibTorch sees no GPU";
  }
};

inline json LoadFixture(const std::string& name) {
  return json::parse(std::ifstream(FF_SOURCE_DIR "/tests/worker/trainer/data/" + name + ".json"));
}

inline at::Tensor AsTensor(const json& value) {
  const std::vector<int64_t> shape = value["shape"];
  if (value["dtype"] == "int64") {
    const auto values = value["data"].get<std::vector<int64_t>>();
    return at::tensor(values, at::kLong).view(shape).to(TestDevice());
  }
  const auto values = value["data"].get<std::vector<double>>();
  return at::tensor(values, at::kDouble).to(at::kFloat).view(shape).to(TestDevice());
}

inline at::Tensor AsParameter(const json& value) { return AsTensor(value).requires_grad_(); }

// |a - b| <= absolute + relative |b| for every entry.
inline void ExpectClose(const at::Tensor& a, const at::Tensor& b, double absolute = 1e-5,
                        double relative = 1e-5) {
  ASSERT_EQ(a.sizes(), b.sizes());
  const at::Tensor excess = (a - b).abs() - absolute - relative * b.abs();
  EXPECT_LE(excess.max().item<double>(), 0) << "largest difference " << (a - b).abs().max();
}

inline double Rms(const at::Tensor& x) {
  return x.to(at::kDouble).square().mean().sqrt().item<double>();
}

}  // namespace ff::trainer
