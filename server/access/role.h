// Roles as words, and sets of them. Pure.
#pragma once

#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/access.h"

namespace ff::access {

// "viewer"; empty for kLocal, which is no role that can be given.
std::string RoleName(Role role);
// INVALID_ARGUMENT with the words there are.
absl::StatusOr<Role> ParseRole(absl::string_view word);

class RoleSet {
 public:
  constexpr RoleSet(std::initializer_list<Role> roles) {
    for (const Role role : roles) bits_ |= 1U << static_cast<unsigned>(role);
  }
  // kLocal is in every set.
  constexpr bool Has(Role role) const {
    return role == Role::kLocal || (bits_ >> static_cast<unsigned>(role) & 1U) != 0;
  }
  // "operator or admin", for messages.
  std::string Names() const;

 private:
  unsigned bits_ = 0;
};

}  // namespace ff::access
