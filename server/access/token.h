// Tokens: "ff_" and 43 letters of base64url, 256 bits of the system's random numbers. What is
// stored is their SHA-256: with so many random bits nothing slower is needed, and a check is one
// hash and one look-up. Thread-safe.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace ff::access {

// Ends the program where the system gives no random numbers.
std::string NewToken();
// Short and public, for lists: 12 hex digits.
std::string NewId();
// 64 hex digits.
std::string HashToken(absl::string_view token);
// Of the form that NewToken gives; others need not be hashed.
bool LooksLikeToken(absl::string_view text);

}  // namespace ff::access
