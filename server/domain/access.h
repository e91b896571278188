// Who may ask the coordinator for what, and what was asked: credentials with a role, and entries
// of the audit log. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace ff {

// kViewer reads; kOperator also creates and steers sweeps and workers; kAdmin also makes tokens and
// takes backups; kWorker trains, and reads nothing else. kLocal: nobody is asked for credentials,
// and whoever comes may do everything.
enum class Role { kViewer = 1, kOperator = 2, kWorker = 3, kAdmin = 4, kLocal = 5 };

// A token, of which only a hash is kept.
struct Credential {
  std::string id, name;
  Role role = Role::kViewer;
  std::string hash;  // SHA-256 of the token, hex
  absl::Time created_at;
  std::string created_by;
  absl::Time expires_at = absl::InfiniteFuture();
  absl::Time last_used = absl::InfinitePast();
  absl::Time revoked_at = absl::InfiniteFuture();
};

struct AuditEntry {
  int64_t seq = 0;
  absl::Time time;
  std::string who, role, door, peer, action, subject, outcome, trace_id;
};

}  // namespace ff
