#include "worker/data/token_format.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "worker/data/npy_header.h"

namespace ff::data {
namespace {

constexpr int64_t kLlmcHeaderBytes = 1024;
constexpr int32_t kLlmcMagic16 = 20240520, kLlmcMagic32 = 20240801;
constexpr int32_t kLlmcVersion16 = 1, kLlmcVersion32 = 7;

template <class... Parts>
absl::Status Bad(const std::string& path, const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat("dataset ", path, parts...));
}

int32_t Int32At(absl::string_view head, size_t index) {
  int32_t value = 0;
  std::memcpy(&value, head.data() + 4 * index, sizeof value);
  return value;
}

absl::StatusOr<TokenLayout> Raw(const std::string& path, const std::string& format, int64_t bytes) {
  const TokenFormat width = format == "bytes"    ? TokenFormat::kBytes
                            : format == "uint16" ? TokenFormat::kUint16
                                                 : TokenFormat::kUint32;
  const int64_t odd = bytes % TokenBytes(width);
  if (odd != 0) {
    return Bad(path, ": ", bytes, " bytes is no multiple of ", TokenBytes(width), " (format ",
               format, "); the last ", odd, " byte(s) at offset ", bytes - odd,
               " are part of a token; was the file cut?");
  }
  return TokenLayout{width, 0, bytes / TokenBytes(width)};
}

// What a header promises against what is there.
absl::StatusOr<TokenLayout> Promised(const std::string& path, const TokenLayout& layout,
                                     int64_t bytes) {
  const int64_t width = TokenBytes(layout.format);
  if (layout.tokens == 0) return Bad(path, " holds no tokens: its header says 0");
  if (layout.tokens < 0 || layout.tokens > (bytes - layout.offset) / width) {
    return Bad(path, " is cut: its header promises ", layout.tokens, " tokens of ", width,
               " bytes from offset ", layout.offset, " on, the file ends at offset ", bytes);
  }
  if (const int64_t end = layout.offset + layout.tokens * width; end != bytes) {
    return Bad(path, ": ", bytes - end, " bytes at offset ", end, " follow the ", layout.tokens,
               " tokens that its header promises; write the file again");
  }
  return layout;
}

absl::StatusOr<TokenLayout> Llmc(const std::string& path, int64_t bytes, absl::string_view head) {
  if (bytes < kLlmcHeaderBytes) {
    return Bad(path, " is cut: ", bytes, " bytes are less than the header of ", kLlmcHeaderBytes,
               " of format llmc");
  }
  const int32_t magic = Int32At(head, 0), version = Int32At(head, 1);
  if (magic != kLlmcMagic16 && magic != kLlmcMagic32) {
    return Bad(path, ": ", magic, " at offset 0 is not the magic number of format llmc (",
               kLlmcMagic16, " or ", kLlmcMagic32, "); tokens without a header are dataset.format ",
               "uint16 or uint32");
  }
  const bool wide = magic == kLlmcMagic32;
  if (const int32_t wanted = wide ? kLlmcVersion32 : kLlmcVersion16; version != wanted) {
    return Bad(path, ": version ", version, " at offset 4 is not ", wanted,
               ", the only one of this magic number");
  }
  return Promised(
      path,
      {wide ? TokenFormat::kUint32 : TokenFormat::kUint16, kLlmcHeaderBytes, Int32At(head, 2)},
      bytes);
}

absl::StatusOr<TokenLayout> Npy(const std::string& path, int64_t bytes, absl::string_view head) {
  const absl::StatusOr<NpyHeader> header = ParseNpyHeader(head);
  if (!header.ok()) return Bad(path, ": ", std::string(header.status().message()));
  return Promised(path, {header->format, header->offset, header->count}, bytes);
}

}  // namespace

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

const char* TokenName(TokenFormat format) {
  return format == TokenFormat::kBytes    ? "uint8"
         : format == TokenFormat::kUint16 ? "uint16"
                                          : "uint32";
}

absl::Status CheckFormatName(const std::string& name) {
  for (const char* known : {"bytes", "uint16", "uint32", "llmc", "npy"}) {
    if (name == known) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown data format '", name, "': use bytes, uint16, uint32, llmc or npy"));
}

absl::StatusOr<TokenLayout> LayoutOf(const std::string& path, const std::string& format,
                                     int64_t bytes, absl::string_view head) {
  if (absl::Status known = CheckFormatName(format); !known.ok()) return known;
  if (bytes == 0) return Bad(path, " is empty");
  if (format == "llmc") return Llmc(path, bytes, head);
  if (format == "npy") return Npy(path, bytes, head);
  if (const std::string other = FormatByMagic(head); format != "bytes" && !other.empty()) {
    return Bad(path, " begins with the header of format ", other,
               " at offset 0; set dataset.format=", other);
  }
  return Raw(path, format, bytes);
}

absl::StatusOr<TokenLayout> ReadLayout(const std::string& path, const std::string& format) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return absl::NotFoundError(
        absl::StrCat("dataset ", path, ": no such file; set dataset.path to an existing one"));
  }
  if (error) return Bad(path, ": ", error.message());
  if (std::filesystem::is_directory(status)) {
    return Bad(path, " is a folder; name one file of text or tokens");
  }
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(path, error));
  if (error) return Bad(path, ": ", error.message());
  std::ifstream file(path, std::ios::binary);
  std::string head(std::min(bytes, kHeadBytes), '\0');
  if (!file.read(head.data(), static_cast<std::streamsize>(head.size()))) {
    return Bad(path, " cannot be read: ", std::strerror(errno));
  }
  return LayoutOf(path, format, bytes, head);
}

std::string MakeLlmcHeader(TokenFormat format, int64_t count) {
  const bool wide = format == TokenFormat::kUint32;
  std::string header(kLlmcHeaderBytes, '\0');
  const int32_t fields[] = {wide ? kLlmcMagic32 : kLlmcMagic16,
                            wide ? kLlmcVersion32 : kLlmcVersion16, static_cast<int32_t>(count)};
  std::memcpy(header.data(), fields, sizeof fields);
  return header;
}

std::string FormatByMagic(absl::string_view head) {
  if (LooksLikeNpy(head)) return "npy";
  if (head.size() < 8) return "";
  const int32_t magic = Int32At(head, 0), version = Int32At(head, 1);
  const bool llmc = (magic == kLlmcMagic16 && version == kLlmcVersion16) ||
                    (magic == kLlmcMagic32 && version == kLlmcVersion32);
  return llmc ? "llmc" : "";
}

}  // namespace ff::data
