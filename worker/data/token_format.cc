#include "worker/data/token_format.h"

#include "absl/strings/str_cat.h"

namespace ff::data {

absl::StatusOr<TokenFormat> ParseTokenFormat(const std::string& name) {
  if (name == "bytes") return TokenFormat::kBytes;
  if (name == "uint16") return TokenFormat::kUint16;
  if (name == "uint32") return TokenFormat::kUint32;
  return absl::InvalidArgumentError(
      absl::StrCat("unknown data format '", name, "': use bytes, uint16 or uint32"));
}

int64_t TokenBytes(TokenFormat format) {
  switch (format) {
    case TokenFormat::kBytes:
      return 1;
    case TokenFormat::kUint16:
      return 2;
    case TokenFormat::kUint32:
      return 4;
  }
  return 1;
}

}  // namespace ff::data
