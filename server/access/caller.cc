#include "server/access/caller.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/access/role.h"

namespace ff::access {

std::string Caller::By(const std::string& said) const {
  if (role == Role::kLocal) return said;
  return absl::StrCat(name, " (", RoleName(role), ")", said.empty() ? "" : ", ", said);
}

std::string TraceIdOf(const std::string& traceparent) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (traceparent.size() != 55 || traceparent.compare(0, 3, "00-") != 0) return "";
  if (traceparent[35] != '-' || traceparent[52] != '-') return "";
  const std::string id = traceparent.substr(3, 32);
  return std::all_of(id.begin(), id.end(), is_hex) ? id : "";
}

}  // namespace ff::access
