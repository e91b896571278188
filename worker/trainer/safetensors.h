// Tensors of float32 in a .safetensors file, the open format that other tools read: eight
// bytes of header length, a JSON header with shapes and offsets, then the values.
// Strings of "__metadata__" carry what is no tensor. Little-endian hosts only.
// Stateless; thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ff::trainer {

struct FloatTensor {
  std::string name;
  std::vector<int64_t> shape;
  float* data = nullptr;  // not owned; as many floats as the shape says
};

using Metadata = std::map<std::string, std::string>;

// UNAVAILABLE: an I/O error (a full disk, say), with path and cause.
absl::Status WriteSafetensors(const std::string& path, const std::vector<FloatTensor>& tensors,
                              const Metadata& metadata);

// Fills `tensors` from those of the same names and returns the metadata. DATA_LOSS: not such a
// file, or cut. FAILED_PRECONDITION: a tensor is missing or has another shape.
absl::StatusOr<Metadata> ReadSafetensors(const std::string& path,
                                         const std::vector<FloatTensor>& tensors);

}  // namespace ff::trainer
