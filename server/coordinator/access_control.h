// Who may do what, over the store: both doors ask here before a verb is called, and the verbs on
// tokens and on the audit log stand here. Tokens in force are kept in memory, so a call costs one
// hash and one look-up; last uses are written now and then. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/access/caller.h"
#include "server/access/rate_limit.h"
#include "server/access/registry.h"
#include "server/access/rules.h"
#include "server/access/sessions.h"

namespace ff::storage {
class Store;
}

namespace ff::coordinator {

struct AccessOptions {
  bool required = false;  // false: everybody is the local user, who may do everything
  absl::Duration session_length = absl::Hours(12);
  double requests_per_second = 0, burst = 200;  // of one credential; 0: no bound
  bool open_metrics = false;                    // "GET /metrics" without credentials
};

struct NewCredential {
  Credential credential;
  std::string token;  // shown this once
};
struct AuditQuery {
  int64_t after_seq = 0;
  int limit = 0;  // 0: 1000
  bool oldest_first = false;
  std::string who;
};

// How long a token lasts where nobody says.
inline constexpr absl::Duration kTokenLifetime = absl::Hours(24 * 90);

// The payload of RESOURCE_EXHAUSTED: whole seconds after which to come again.
inline constexpr char kRetryAfter[] = "retry-after";

class AccessControl {
 public:
  // `store` outlives it; `clock` as the coordinator's.
  AccessControl(storage::Store* store, AccessOptions options, std::function<absl::Time()> clock);

  // Before anything else, once.
  absl::Status Load();
  // Where credentials are required and no admin's is in force, a new one.
  absl::StatusOr<std::optional<NewCredential>> FirstAdmin();

  bool required() const { return options_.required; }
  absl::Duration session_length() const { return options_.session_length; }

  // Who asks, if `rule` (null: there is none) lets him. UNAUTHENTICATED, PERMISSION_DENIED, and
  // RESOURCE_EXHAUSTED with kRetryAfter where he asks too often.
  absl::StatusOr<access::Caller> Admit(const access::Presented& presented,
                                       const access::Rule* rule);
  // A worker calls in nobody else's name: the first credential that calls as `worker_id` owns it.
  // PERMISSION_DENIED.
  absl::Status CheckWorker(const access::Caller& caller, const std::string& worker_id);

  // Sessions of browsers. UNAUTHENTICATED: the token is not in force.
  struct Login {
    std::string cookie;
    access::Session session;
    access::Caller caller;
  };
  absl::StatusOr<Login> LogIn(const access::Presented& presented);
  std::optional<access::Session> FindSession(const std::string& cookie);
  void LogOut(const std::string& cookie);

  // The audit log. A change is noted before it is tried, so that none is missing from the log.
  absl::StatusOr<int64_t> BeginChange(const access::Caller& caller, const std::string& action,
                                      const std::string& subject);
  void EndChange(int64_t seq, const absl::Status& outcome);
  absl::StatusOr<std::vector<AuditEntry>> ListAudit(const AuditQuery& query);

  // Verbs on tokens. CreateToken: INVALID_ARGUMENT for a name that is empty, longer than 64 bytes
  // or not of letters, digits and ._@-; ALREADY_EXISTS: one in force has it. Lifetime zero:
  // kTokenLifetime; infinite: no end.
  absl::StatusOr<NewCredential> CreateToken(const std::string& name, Role role,
                                            absl::Duration lifetime, const access::Caller& by);
  absl::StatusOr<std::vector<Credential>> ListTokens(bool all);
  // `token`: id, unique prefix of one, or the name of one in force. NOT_FOUND; INVALID_ARGUMENT:
  // ambiguous; FAILED_PRECONDITION: it was revoked before.
  absl::StatusOr<Credential> RevokeToken(const std::string& token);

  // Writes when credentials were used last. The daemon calls it once a minute and at the end.
  absl::Status FlushUses();

 private:
  absl::StatusOr<access::Caller> Authenticate(const access::Presented& presented, absl::Time now);
  absl::Status CheckRate(const std::string& key, absl::Time now);

  storage::Store* const store_;
  const AccessOptions options_;
  const std::function<absl::Time()> clock_;
  access::Registry registry_;
  access::Sessions sessions_;
  absl::Mutex mutex_;
  access::RateLimit calls_ ABSL_GUARDED_BY(mutex_);
  access::RateLimit failures_ ABSL_GUARDED_BY(mutex_);  // by address
  absl::Mutex owners_mutex_;
  absl::flat_hash_map<std::string, std::string> owners_ ABSL_GUARDED_BY(owners_mutex_);
};

}  // namespace ff::coordinator
