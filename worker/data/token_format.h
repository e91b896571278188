// The three ways a dataset file can hold tokens, and the width of a token in each.
// Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace ff::data {

enum class TokenFormat { kBytes, kUint16, kUint32 };

// "bytes" | "uint16" | "uint32"; INVALID_ARGUMENT names the three for anything else.
absl::StatusOr<TokenFormat> ParseTokenFormat(const std::string& name);

// 1, 2 or 4 bytes; multi-byte tokens are little-endian.
int64_t TokenBytes(TokenFormat format);

}  // namespace ff::data
