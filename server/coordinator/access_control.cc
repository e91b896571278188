#include "server/coordinator/access_control.h"

#include <cmath>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "server/access/token.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

// Of one address. Guessing 256 bits is hopeless; this keeps the guesses from costing anything.
constexpr double kFailuresPerSecond = 2, kFailureBurst = 20;

access::Caller CallerOf(const access::Presented& presented) {
  access::Caller caller;
  caller.door = presented.door;
  caller.peer = presented.peer;
  caller.trace_id = presented.trace_id;
  return caller;
}

access::Caller CallerOf(const access::Presented& presented, const Credential& credential) {
  access::Caller caller = CallerOf(presented);
  caller.name = credential.name;
  caller.role = credential.role;
  caller.credential_id = credential.id;
  caller.expires_at = credential.expires_at;
  return caller;
}

}  // namespace

AccessControl::AccessControl(storage::Store* store, AccessOptions options,
                             std::function<absl::Time()> clock)
    : store_(store),
      options_(std::move(options)),
      clock_(std::move(clock)),
      sessions_(options_.session_length),
      calls_(options_.requests_per_second, options_.burst),
      failures_(kFailuresPerSecond, kFailureBurst) {}

absl::Status AccessControl::Load() {
  return store_->Read([this](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const auto credentials, view.ListCredentials());
    for (const Credential& credential : credentials) registry_.Put(credential);
    FF_TRY_ASSIGN(const auto owners, view.ListWorkerOwners());
    absl::MutexLock lock(&owners_mutex_);
    for (const auto& [worker, owner] : owners) owners_[worker] = owner;
    return absl::OkStatus();
  });
}

absl::Status AccessControl::CheckRate(const std::string& key, absl::Time now) {
  if (options_.requests_per_second <= 0) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  const absl::Duration wait = calls_.Take(key, now);
  if (wait == absl::ZeroDuration()) return absl::OkStatus();
  absl::Status refusal = absl::ResourceExhaustedError(
      absl::StrCat("more than ", options_.requests_per_second,
                   " calls a second of one credential (limits.requests_per_second); come again in ",
                   absl::FormatDuration(absl::Ceil(wait, absl::Milliseconds(1)))));
  refusal.SetPayload(kRetryAfter, absl::Cord(absl::StrCat(std::ceil(absl::ToDoubleSeconds(wait)))));
  return refusal;
}

absl::StatusOr<access::Caller> AccessControl::Authenticate(const access::Presented& presented,
                                                           absl::Time now) {
  if (!presented.credential_id.empty()) {
    FF_TRY_ASSIGN(const Credential credential, registry_.FindId(presented.credential_id, now));
    return CallerOf(presented, credential);
  }
  if (!presented.token.empty()) {
    const std::string hash =
        access::LooksLikeToken(presented.token) ? access::HashToken(presented.token) : "";
    FF_TRY_ASSIGN(const Credential credential, registry_.Find(hash, now));
    return CallerOf(presented, credential);
  }
  if (!presented.certificate_name.empty()) {
    access::Caller caller = CallerOf(presented);
    caller.name = presented.certificate_name;
    caller.role = Role::kWorker;
    return caller;
  }
  return absl::UnauthenticatedError(
      "this coordinator asks for a token; name a file with one in the context (ffctl context add "
      "--token-file), or set FFCTL_TOKEN_FILE");
}

absl::StatusOr<access::Caller> AccessControl::Admit(const access::Presented& presented,
                                                    const access::Rule* rule) {
  if (rule == nullptr) return absl::PermissionDeniedError("nobody may call this");
  const absl::Time now = clock_();
  const bool open =
      rule->open || (options_.open_metrics && rule->action == absl::string_view("GET /metrics"));
  if (!options_.required || open) {
    if (!open) FF_TRY(CheckRate(absl::StrCat("from ", presented.peer), now));
    return CallerOf(presented);
  }
  absl::StatusOr<access::Caller> caller = Authenticate(presented, now);
  if (!caller.ok()) {
    absl::MutexLock lock(&mutex_);
    if (failures_.Take(presented.peer, now) == absl::ZeroDuration()) return caller.status();
    absl::Status refusal = absl::ResourceExhaustedError(
        absl::StrCat("too many calls without a valid token from ", presented.peer));
    refusal.SetPayload(kRetryAfter, absl::Cord("1"));
    return refusal;
  }
  FF_TRY(CheckRate(caller->credential_id.empty() ? caller->name : caller->credential_id, now));
  if (rule->roles.Has(caller->role)) return caller;
  return absl::PermissionDeniedError(absl::StrCat(rule->action, " needs the role ",
                                                  rule->roles.Names(), "; ", caller->name, " is ",
                                                  access::RoleName(caller->role)));
}

absl::Status AccessControl::CheckWorker(const access::Caller& caller,
                                        const std::string& worker_id) {
  if (caller.role == Role::kLocal) return absl::OkStatus();
  absl::MutexLock lock(&owners_mutex_);
  const auto found = owners_.find(worker_id);
  if (found != owners_.end()) {
    if (found->second == caller.name) return absl::OkStatus();
    return absl::PermissionDeniedError(
        absl::StrCat("worker ", worker_id, " belongs to another credential than ", caller.name,
                     "; give this one a state folder (paths.state) of its own"));
  }
  FF_TRY(store_->Write(
      [&](storage::Transaction& tx) { return tx.AddWorkerOwner(worker_id, caller.name); }));
  owners_[worker_id] = caller.name;
  return absl::OkStatus();
}

absl::StatusOr<AccessControl::Login> AccessControl::LogIn(const access::Presented& presented) {
  static const access::Rule kAny = {"login",
                                    {Role::kViewer, Role::kOperator, Role::kWorker, Role::kAdmin}};
  Login login;
  FF_TRY_ASSIGN(login.caller, Admit(presented, &kAny));
  if (login.caller.role == Role::kWorker) {
    return absl::PermissionDeniedError("a worker's token is not for browsers");
  }
  const absl::Time now = clock_();
  login.cookie = sessions_.Begin(login.caller.credential_id, login.caller.expires_at, now);
  login.session = *sessions_.Find(login.cookie, now);
  return login;
}

std::optional<access::Session> AccessControl::FindSession(const std::string& cookie) {
  return sessions_.Find(cookie, clock_());
}

void AccessControl::LogOut(const std::string& cookie) { sessions_.End(cookie); }

absl::Status AccessControl::FlushUses() {
  const auto uses = registry_.TakeUses();
  if (uses.empty()) return absl::OkStatus();
  return store_->Write([&](storage::Transaction& tx) -> absl::Status {
    for (const auto& [id, time] : uses) FF_TRY(tx.SetLastUsed(id, time));
    return absl::OkStatus();
  });
}

}  // namespace ff::coordinator
