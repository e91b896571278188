// Cuts a text into pieces that can be tokenized side by side. Where the cuts lie depends on the
// text alone, so the tokens are the same for any number of threads. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"

namespace ff::tokenizer {

// Pieces of at most `most` bytes (at least 8), together the text: each ends after a newline, or
// where a piece has none after a space, or between two characters of UTF-8.
std::vector<absl::string_view> CutText(absl::string_view text, size_t most);

}  // namespace ff::tokenizer
