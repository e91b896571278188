#include "client/analysis/approaches.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ff::client {

bool HasProfiles(const v1::Fit& fit) {
  return !fit.method().empty() && fit.method() != "surface" && fit.method() != "envelope";
}

std::vector<std::string> WarningsOf(const v1::Fit& fit) {
  std::vector<std::string> all;
  const auto add = [&all](const std::string& approach, const auto& warnings) {
    for (const std::string& warning : warnings) {
      // Some say themselves whose they are.
      const bool named = absl::StartsWith(warning, approach + ": ");
      const std::string line = named ? warning : absl::StrCat(approach, ": ", warning);
      if (std::find(all.begin(), all.end(), line) == all.end()) all.push_back(line);
    }
  };
  if (HasProfiles(fit)) add("isoflop", fit.warnings());
  add("surface", fit.surface().warnings());
  add("surface", fit.residuals().warnings());
  add("envelope", fit.envelope().warnings());
  return all;
}

}  // namespace ff::client
