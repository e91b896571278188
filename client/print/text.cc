#include "client/print/text.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ff::client {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  // 0: not valid UTF-8 here
};

// Table 3-7 of the Unicode standard: overlong forms and surrogates are invalid.
CodePoint Decode(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  size_t length = 0;
  uint32_t value = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
    value = first & 0x1Fu;
  } else if ((first & 0xF0) == 0xE0) {
    length = 3;
    value = first & 0x0Fu;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    value = first & 0x07u;
  }
  if (length == 0 || text.size() < length) return {};
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {};
  return {value, length};
}

bool IsBidiControl(uint32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;
}

std::string Escape(uint32_t c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return c <= 0xFF ? absl::StrFormat("\\x%02x", c) : absl::StrFormat("\\u%04x", c);
  }
}

std::string Visible(absl::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    const bool control = c.value < 0x20 || (c.value >= 0x7F && c.value < 0xA0);
    if (c.bytes == 0) {
      out += Escape(static_cast<unsigned char>(text[0]));
    } else if (keep_lines && (c.value == '\n' || c.value == '\t')) {
      out += text[0];
    } else if (control || IsBidiControl(c.value)) {
      out += Escape(c.value);
    } else {
      out.append(text.data(), c.bytes);
    }
    text.remove_prefix(c.bytes == 0 ? 1 : c.bytes);
  }
  return out;
}

std::string Paint(bool color, const char* code, absl::string_view text) {
  return color ? absl::StrCat("\x1b[", code, "m", text, "\x1b[0m") : std::string(text);
}

}  // namespace

std::string VisibleLine(absl::string_view text) { return Visible(text, false); }
std::string VisibleText(absl::string_view text) { return Visible(text, true); }

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return width;
}

std::string Truncate(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  size_t bytes = 0;
  for (size_t columns = 0; columns + 1 < width; ++columns) {
    const size_t step = Decode(text.substr(bytes)).bytes;
    bytes += step == 0 ? 1 : step;
  }
  return absl::StrCat(text.substr(0, bytes), "…");
}

std::string Style::Bold(absl::string_view text) const { return Paint(color, "1", text); }
std::string Style::Dim(absl::string_view text) const { return Paint(color, "2", text); }
std::string Style::Red(absl::string_view text) const { return Paint(color, "31", text); }
std::string Style::Green(absl::string_view text) const { return Paint(color, "32", text); }
std::string Style::Yellow(absl::string_view text) const { return Paint(color, "33", text); }
std::string Style::Cyan(absl::string_view text) const { return Paint(color, "36", text); }

}  // namespace ff::client
