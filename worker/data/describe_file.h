// What a file of tokens or text is, for people who were given one: its format, which only a header
// tells for sure, its largest token, and the keys that train on it. Reads the whole file;
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/data/token_format.h"

namespace ff::data {

struct FileDescription {
  std::string format;    // bytes | uint16 | uint32 | llmc | npy
  bool guessed = false;  // by its content: no header says so
  TokenLayout layout;
  int64_t bytes = 0;
  int64_t largest = 0;         // token
  int64_t largest_offset = 0;  // in bytes, of the first of its kind
  int64_t distinct = 0;        // tokens that occur
  std::vector<int64_t> first;  // the first 16
  std::string fingerprint;
};

// `format` empty: found out. Text is what holds no zero byte in its first 64 KiB; of the rest,
// uint32 where every second 16 bits are zero (tokens below 65536), else uint16. Errors as
// ReadLayout.
absl::StatusOr<FileDescription> DescribeFile(const std::string& path, std::string format);

}  // namespace ff::data
