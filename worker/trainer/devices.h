// The devices that LibTorch can train on here, as the hello report lists them.
// Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "worker/protocol/messages.h"

namespace ff::trainer {

// The processor first, then the GPUs (none where LibTorch was built without them).
std::vector<protocol::DeviceInfo> ListDevices();

// Whether a device can multiply 8-bit floats (dtype fp8).
bool HasFp8Products(const std::string& device);

// Most bytes that tensors have held at once on a GPU since the last reset; 0 for the CPU.
double PeakDeviceBytes(const std::string& device);
void ResetPeakDeviceBytes(const std::string& device);

}  // namespace ff::trainer
