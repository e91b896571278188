// Text for a terminal. Names, logs and error messages come from other machines: control
// characters, invalid UTF-8 and bidirectional overrides in them are made visible, so that
// nobody's sweep name moves the cursor or forges a line. Pure; thread-safe.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace ff::client {

// One line: every control character, newline included, becomes \n, \t, \x1b, \u202e ...
std::string VisibleLine(absl::string_view text);

// Several lines: as above, but newline and tab stay.
std::string VisibleText(absl::string_view text);

// Columns on a terminal: code points of valid UTF-8.
size_t DisplayWidth(absl::string_view text);

// At most `width` columns, the last one an ellipsis where something was cut.
std::string Truncate(absl::string_view text, size_t width);

// ANSI colours, or nothing when `color` is false.
struct Style {
  bool color = false;
  std::string Bold(absl::string_view text) const;
  std::string Dim(absl::string_view text) const;
  std::string Red(absl::string_view text) const;
  std::string Green(absl::string_view text) const;
  std::string Yellow(absl::string_view text) const;
  std::string Cyan(absl::string_view text) const;
};

}  // namespace ff::client
