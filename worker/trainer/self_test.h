// A small computation on a device, compared with the CPU: ff-worker asks for it before the
// device gets its first experiment (`ff-trainer --self-test cuda:0`). For one thread.
#pragma once

#include <string>

namespace ff::trainer {

// Empty: the device gets it right. Else what went wrong.
std::string SelfTest(const std::string& device);

}  // namespace ff::trainer
