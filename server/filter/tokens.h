// The words and signs of a condition, with where they stand. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ff::filter {

struct Token {
  enum class Kind { kWord, kQuoted, kSign, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // of a quoted one without its quotes
  size_t at = 0;     // byte in the source
};

// A word is a run of letters, digits and _ . - + % @ / : * # or bytes beyond ASCII; signs are
// ( ) , = == != < <= > >= ~ !~ && || and !. The last token is kEnd. INVALID_ARGUMENT: a quote
// that does not end, a character of none of these, more than 4096 bytes.
absl::StatusOr<std::vector<Token>> Tokens(const std::string& source);

// INVALID_ARGUMENT: "what", then the source with a caret under byte `at`.
absl::Status ErrorAt(const std::string& source, size_t at, const std::string& what);

}  // namespace ff::filter
