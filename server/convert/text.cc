#include "server/convert/text.h"

#include <cstdint>

namespace ff::convert {
namespace {

bool InRange(unsigned char c, unsigned low, unsigned high) { return c >= low && c <= high; }

// Length of the well-formed sequence that `text` begins with (Unicode table 3-7: no
// overlong forms, no surrogates, nothing above U+10FFFF); 0: none.
size_t SequenceLength(absl::string_view text) {
  const unsigned char first = text[0];
  if (first < 0x80) return 1;
  size_t length = 0;
  unsigned low = 0x80, high = 0xbf;
  if (InRange(first, 0xc2, 0xdf)) {
    length = 2;
  } else if (InRange(first, 0xe0, 0xef)) {
    length = 3;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
  } else if (InRange(first, 0xf0, 0xf4)) {
    length = 4;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
  }
  if (length == 0 || text.size() < length || !InRange(text[1], low, high)) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (!InRange(text[i], 0x80, 0xbf)) return 0;
  }
  return length;
}

}  // namespace

std::string ValidUtf8(absl::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0) {
      valid += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else {
      valid.append(text.data(), length);
      text.remove_prefix(length);
    }
  }
  return valid;
}

}  // namespace ff::convert
