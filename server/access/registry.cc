#include "server/access/registry.h"

namespace ff::access {
namespace {

absl::Status Unknown() {
  return absl::UnauthenticatedError(
      "the token is not known, has expired or was revoked; ask an admin for a new one (ffctl token "
      "create)");
}

}  // namespace

void Registry::Put(const Credential& credential) {
  absl::MutexLock lock(&mutex_);
  ids_[credential.hash] = credential.id;
  credentials_[credential.id] = credential;
}

absl::StatusOr<Credential> Registry::Use(const std::string& id, absl::Time now) {
  const auto found = credentials_.find(id);
  if (found == credentials_.end()) return Unknown();
  Credential& credential = found->second;
  if (now >= credential.expires_at || now >= credential.revoked_at) return Unknown();
  credential.last_used = now;
  uses_[id] = now;
  return credential;
}

absl::StatusOr<Credential> Registry::Find(const std::string& hash, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  const auto found = ids_.find(hash);
  return found == ids_.end() ? Unknown() : Use(found->second, now);
}

absl::StatusOr<Credential> Registry::FindId(const std::string& id, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  return Use(id, now);
}

std::vector<std::pair<std::string, absl::Time>> Registry::TakeUses() {
  absl::MutexLock lock(&mutex_);
  std::vector<std::pair<std::string, absl::Time>> uses(uses_.begin(), uses_.end());
  uses_.clear();
  return uses;
}

}  // namespace ff::access
