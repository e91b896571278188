// Browsers that are logged in: a cookie of 256 random bits stands for a credential until it expires
// or somebody logs out. In memory alone: a restart of the coordinator logs everybody out. Only
// hashes of cookies are kept. Time is an argument. Thread-safe.
#pragma once

#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace ff::access {

struct Session {
  std::string credential_id;
  // Sent with every change in a header that pages elsewhere can't set: SameSite and Origin are the
  // first fences against forged requests, this is the last.
  std::string csrf;
  absl::Time expires_at;
};

class Sessions {
 public:
  explicit Sessions(absl::Duration length) : length_(length) {}

  // Returns the cookie's value. It ends no later than the credential does.
  std::string Begin(const std::string& credential_id, absl::Time credential_ends, absl::Time now);
  std::optional<Session> Find(const std::string& cookie, absl::Time now);
  void End(const std::string& cookie);

 private:
  const absl::Duration length_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Session> sessions_ ABSL_GUARDED_BY(mutex_);  // by hash
};

}  // namespace ff::access
