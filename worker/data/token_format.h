// The ways a dataset file can hold tokens, and where in it they lie. Two of them have a header that
// says how many tokens of which width follow; it is read and held against the file's length.
// Reads files; thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ff::data {

enum class TokenFormat { kBytes, kUint16, kUint32 };

// 1, 2 or 4 bytes; multi-byte tokens are little-endian.
int64_t TokenBytes(TokenFormat format);
const char* TokenName(TokenFormat format);  // "uint8", "uint16", "uint32"

struct TokenLayout {
  TokenFormat format = TokenFormat::kBytes;
  int64_t offset = 0;  // of the first token, in bytes
  int64_t tokens = 0;
};

// INVALID_ARGUMENT names the formats for anything but bytes, uint16, uint32, llmc and npy.
absl::Status CheckFormatName(const std::string& name);

// Bytes from the file's beginning that LayoutOf wants to see, at most.
inline constexpr int64_t kHeadBytes = 64 * 1024;

// `head`: the first min(bytes, kHeadBytes) bytes of the file `path`, which is `bytes` long.
//   bytes, uint16, uint32   tokens and nothing else
//   llmc   256 int32: magic 20240520 (uint16 tokens follow) or 20240801 (uint32), version 1 or 7,
//          the number of tokens, zeros (karpathy/llm.c, dev/data)
//   npy    NumPy's format 1 to 3 (numpy.lib.format), one dimension of uint8, uint16 or uint32
// INVALID_ARGUMENT: an empty file, a wrong or cut header, another length than it says, another
// dtype; with path, offset and what to do.
absl::StatusOr<TokenLayout> LayoutOf(const std::string& path, const std::string& format,
                                     int64_t bytes, absl::string_view head);

// As LayoutOf, opening the file. NOT_FOUND: no such file. INVALID_ARGUMENT: no plain file.
absl::StatusOr<TokenLayout> ReadLayout(const std::string& path, const std::string& format);

// The 1024 bytes before the tokens of an llmc file; width 2 or 4.
std::string MakeLlmcHeader(TokenFormat format, int64_t count);

// "npy" or "llmc" if a file begins as one; "" for anything else, which no header tells apart.
std::string FormatByMagic(absl::string_view head);

}  // namespace ff::data
