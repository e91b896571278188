// What torch/csrc/distributed/c10d/ProcessGroupGloo.hpp needs of Gloo, which LibTorch's wheel
// carries without its headers: c10d holds these by pointers alone, so their layout is no matter.
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
