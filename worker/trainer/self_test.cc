#include "worker/trainer/self_test.h"

#include <torch/torch.h>

#include <algorithm>

namespace ff::trainer {

std::string SelfTest(const std::string& device) {
  try {
    const torch::NoGradGuard no_gradients;
    // Small whole numbers: every product and sum is exact in float32, whatever their order, so
    // that a sound device gives the very same bits.
    const torch::Tensor a =
        torch::arange(512 * 512).remainder(7).reshape({512, 512}).to(torch::kFloat);
    const torch::Tensor b =
        torch::arange(512 * 512).remainder(5).reshape({512, 512}).to(torch::kFloat);
    const torch::Tensor expected = a.matmul(b);
    const torch::Device there(device);
    for (int round = 0; round < 3; ++round) {
      const torch::Tensor got = a.to(there).matmul(b.to(there)).to(torch::kCPU);
      if (!torch::equal(got, expected)) return device + " gets a product of matrices wrong";
    }
    return "";
  } catch (const std::exception& error) {
    const std::string text = error.what();
    return device + ": " + text.substr(0, std::min<size_t>(text.find('\n'), 300));
  }
}

}  // namespace ff::trainer
