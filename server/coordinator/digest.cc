#include "server/coordinator/digest.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace ff::coordinator {

std::string Digest(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) absl::StrAppend(&text, part.size(), ":", part, "\n");
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return absl::BytesToHexString(std::string(reinterpret_cast<const char*>(digest.data()), 8));
}

std::string ContentDigest(std::vector<std::string> experiment_ids) {
  std::sort(experiment_ids.begin(), experiment_ids.end());
  return Digest(experiment_ids);
}

std::string SweepId(const std::string& name, const std::string& content, int generation) {
  std::vector<std::string> parts = {"ff.sweep.v1", name, content};
  if (generation > 0) parts.push_back(absl::StrCat("generation ", generation));
  return Digest(parts);
}

}  // namespace ff::coordinator
