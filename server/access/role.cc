#include "server/access/role.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ff::access {
namespace {

constexpr std::pair<Role, const char*> kRoles[] = {{Role::kViewer, "viewer"},
                                                   {Role::kOperator, "operator"},
                                                   {Role::kWorker, "worker"},
                                                   {Role::kAdmin, "admin"}};

}  // namespace

std::string RoleName(Role role) {
  for (const auto& [one, name] : kRoles) {
    if (one == role) return name;
  }
  return "";
}

absl::StatusOr<Role> ParseRole(absl::string_view word) {
  for (const auto& [role, name] : kRoles) {
    if (name == word) return role;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no role '", word, "'; roles are viewer, operator, worker, admin"));
}

std::string RoleSet::Names() const {
  std::vector<std::string> names;
  for (const auto& [role, name] : kRoles) {
    if (Has(role)) names.push_back(name);
  }
  return absl::StrJoin(names, " or ");
}

}  // namespace ff::access
