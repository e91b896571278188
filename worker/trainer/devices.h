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

// Most bytes held at once since the last reset: by tensors on a GPU; by the whole process for the
// CPU, LibTorch itself included.
double PeakDeviceBytes(const std::string& device);
void ResetPeakDeviceBytes(const std::string& device);

// All that the device has; 0: not known.
double TotalDeviceBytes(const std::string& device);

// Gives memory that no tensor holds back to the device.
void ReleaseDeviceMemory(const std::string& device);

}  // namespace ff::trainer
