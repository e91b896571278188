#include "worker/data/npy_header.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace ff::data {
namespace {

constexpr absl::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kAlignment = 64;
constexpr size_t kShortestHeader = 128;  // room for any count: a writer knows it at the end

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

// The text after `'key':`, or "" where there is none.
absl::string_view ValueOf(absl::string_view dictionary, absl::string_view key) {
  const size_t at = dictionary.find(absl::StrCat("'", key, "'"));
  if (at == absl::string_view::npos) return "";
  const size_t colon = dictionary.find(':', at);
  if (colon == absl::string_view::npos) return "";
  return absl::StripLeadingAsciiWhitespace(dictionary.substr(colon + 1));
}

absl::string_view Between(absl::string_view text, char open, char close) {
  if (text.empty() || text[0] != open) return "";
  const size_t end = text.find(close, 1);
  return end == absl::string_view::npos ? "" : text.substr(1, end - 1);
}

absl::StatusOr<TokenFormat> FormatOf(absl::string_view dtype, size_t offset) {
  if (dtype == "|u1") return TokenFormat::kBytes;
  if (dtype == "<u2") return TokenFormat::kUint16;
  if (dtype == "<u4") return TokenFormat::kUint32;
  return Bad(absl::StrCat("dtype '", dtype, "' at offset ", offset,
                          " is none of '|u1', '<u2' and '<u4'; convert it: numpy.save(path, "
                          "tokens.astype(numpy.uint16)), or uint32 for more than 65536 tokens"));
}

}  // namespace

bool LooksLikeNpy(absl::string_view head) { return absl::StartsWith(head, kMagic); }

absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view head) {
  if (!LooksLikeNpy(head)) {
    return Bad("no NumPy file: it does not begin with \\x93NUMPY at offset 0");
  }
  const size_t length_bytes = head.size() > 6 && head[6] == 1 ? 2 : 4;
  const size_t start = 8 + length_bytes;
  if (head.size() < start)
    return Bad(absl::StrCat("cut within its header, at offset ", head.size()));
  uint32_t length = 0;
  std::memcpy(&length, head.data() + 8, length_bytes);
  if (length > head.size() - start) {
    return Bad(absl::StrCat("cut within its header of ", length, " bytes at offset ", start));
  }
  const absl::string_view dictionary = head.substr(start, length);
  const size_t at = start + std::min(dictionary.find("descr"), dictionary.size());
  const absl::StatusOr<TokenFormat> format =
      FormatOf(Between(ValueOf(dictionary, "descr"), '\'', '\''), at);
  if (!format.ok()) return format.status();
  const absl::string_view shape = Between(ValueOf(dictionary, "shape"), '(', ')');
  absl::string_view extent = absl::StripAsciiWhitespace(shape);
  absl::ConsumeSuffix(&extent, ",");
  NpyHeader header{*format, static_cast<int64_t>(start + length), 0};
  if (!absl::SimpleAtoi(extent, &header.count)) {
    return Bad(absl::StrCat("shape (", shape, ") at offset ", start,
                            " is not of one dimension; save tokens.reshape(-1)"));
  }
  return header;
}

std::string MakeNpyHeader(TokenFormat format, int64_t count) {
  const char* dtype = format == TokenFormat::kBytes    ? "|u1"
                      : format == TokenFormat::kUint16 ? "<u2"
                                                       : "<u4";
  std::string dictionary =
      absl::StrCat("{'descr': '", dtype, "', 'fortran_order': False, 'shape': (", count, ",), }");
  const size_t start = 10;
  const size_t whole = std::max(start + dictionary.size() + 1, kShortestHeader);
  const size_t padded = (whole + kAlignment - 1) / kAlignment * kAlignment - start;
  dictionary.resize(padded - 1, ' ');
  dictionary += '\n';
  std::string header(kMagic);
  header += '\x01';
  header += '\0';
  header += static_cast<char>(padded & 0xff);
  header += static_cast<char>(padded >> 8);
  return header + dictionary;
}

}  // namespace ff::data
