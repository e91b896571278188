#include "server/access/token.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ff::access {
namespace {

constexpr absl::string_view kPrefix = "ff_";
constexpr size_t kTokenBytes = 32;
constexpr size_t kLetters = 43;  // base64url of 32 bytes, without padding

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1) {
    return bytes;
  }
  std::fputs("the system gives no random numbers; a token made without them is no secret\n",
             stderr);
  std::abort();
}

}  // namespace

std::string NewToken() {
  std::string letters;
  absl::WebSafeBase64Escape(RandomBytes(kTokenBytes), &letters);
  return absl::StrCat(kPrefix, letters);
}

std::string NewId() { return absl::BytesToHexString(RandomBytes(6)); }

std::string HashToken(absl::string_view token) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(token.data(), token.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

bool LooksLikeToken(absl::string_view text) {
  return text.size() == kPrefix.size() + kLetters && absl::StartsWith(text, kPrefix) &&
         std::all_of(text.begin() + kPrefix.size(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

}  // namespace ff::access
