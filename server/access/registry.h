// The credentials in force, in memory: a call costs one hash and one look-up, and nothing is
// written. Thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/domain/access.h"

namespace ff::access {

class Registry {
 public:
  // Adds it, or replaces the one of the same id.
  void Put(const Credential& credential);

  // UNAUTHENTICATED: unknown, expired or revoked; all three read alike. Notes the use.
  absl::StatusOr<Credential> Find(const std::string& hash, absl::Time now);
  // The same by id, for sessions.
  absl::StatusOr<Credential> FindId(const std::string& id, absl::Time now);

  // When each was used last, of those used since the last call.
  std::vector<std::pair<std::string, absl::Time>> TakeUses();

 private:
  absl::StatusOr<Credential> Use(const std::string& id, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::string> ids_ ABSL_GUARDED_BY(mutex_);  // by hash
  absl::flat_hash_map<std::string, Credential> credentials_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, absl::Time> uses_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ff::access
