// What torch/csrc/distributed/c10d/ProcessGroupGloo.hpp points to (see gloo/context.h).
#pragma once

namespace gloo::transport {

class Device;
class UnboundBuffer;

}  // namespace gloo::transport
