// What a dataset file holds, found without reading all of it: its length in tokens and a
// fingerprint that stands for its content in experiment ids. Shared by ffctl (which
// plans) and the trainer (which checks). Pure but for reading the file; thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace ff::data {

struct DatasetInfo {
  int64_t bytes = 0;
  int64_t tokens = 0;
  // First 32 hex digits of the SHA-256 over format, length and 64 blocks of 64 KiB spread
  // evenly over the file (the whole file where it is shorter): 4 MiB read at any size.
  std::string fingerprint;
};

// `format`: bytes | uint16 | uint32 | llmc | npy. NOT_FOUND: no such file. INVALID_ARGUMENT: a
// folder, an unknown format, or what ReadLayout finds wrong.
absl::StatusOr<DatasetInfo> ProbeDataset(const std::string& path, const std::string& format);

}  // namespace ff::data
