#include "server/scaling/input_digest.h"

#include <openssl/sha.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"

namespace ff::scaling {
namespace {

std::string Sha256(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return absl::BytesToHexString(
      std::string(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace

std::string InputDigest(const std::vector<Profile>& profiles) {
  std::string text = "ff.runs.v1\n";
  for (const Profile& profile : profiles) {
    for (const RunPoint& run : profile.runs) {
      absl::StrAppendFormat(&text, "%s %.17g %.17g %.17g %.17g\n", absl::CEscape(run.experiment_id),
                            run.compute_budget, run.parameters, run.tokens, run.loss);
    }
  }
  return Sha256(text);
}

std::string TableDigest(const RunTable& table) {
  std::string text = "ff.table.v1\n";
  for (size_t i = 0; i < table.size(); ++i) {
    absl::StrAppendFormat(&text, "%s %.17g %.17g %.17g %.17g %.17g\n",
                          absl::CEscape(table.run_id[i]),
                          table.budget.empty() ? 0.0 : table.budget[i], table.parameters[i],
                          table.tokens[i], table.compute[i], table.loss[i]);
  }
  return Sha256(text);
}

}  // namespace ff::scaling
