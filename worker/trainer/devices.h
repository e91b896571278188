// The devices that LibTorch can train on here, as the hello report lists them.
// Thread-safe.
#pragma once

#include <vector>

#include "worker/protocol/messages.h"

namespace ff::trainer {

// The processor first, then the GPUs (none where LibTorch was built without them).
std::vector<protocol::DeviceInfo> ListDevices();

}  // namespace ff::trainer
