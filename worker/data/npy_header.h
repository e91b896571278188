// The header of NumPy's .npy files (numpy.lib.format, versions 1 to 3): a magic string, a version,
// a length, and a Python dictionary in text. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "worker/data/token_format.h"

namespace ff::data {

struct NpyHeader {
  TokenFormat format = TokenFormat::kUint16;
  int64_t offset = 0, count = 0;
};

bool LooksLikeNpy(absl::string_view head);

// INVALID_ARGUMENT: no such header, cut, another dtype than uint8, uint16 and uint32 in
// little-endian order, or not one dimension; with the offset and, in Python, what to do.
absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view head);

// Such a header for `count` tokens, as numpy.save writes it (version 1).
std::string MakeNpyHeader(TokenFormat format, int64_t count);

}  // namespace ff::data
