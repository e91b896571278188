// AccessControl: verbs on tokens.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/access/role.h"
#include "server/access/token.h"
#include "server/coordinator/access_control.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

constexpr size_t kLongestName = 64;
constexpr char kFirstAdmin[] = "first-admin";

absl::Status CheckName(const std::string& name) {
  const bool sound = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) ||
           absl::StrContains("._@-", std::string(1, static_cast<char>(c)));
  });
  if (sound && !name.empty() && name.size() <= kLongestName) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "a token's name is 1 to 64 letters, digits and ._@-, such as ann or node7");
}

bool InForce(const Credential& one, absl::Time now) {
  return now < one.expires_at && now < one.revoked_at;
}

// By id, name or prefix; those in force go before the others.
absl::StatusOr<Credential> Resolve(const std::vector<Credential>& all, const std::string& text,
                                   absl::Time now) {
  std::vector<Credential> fitting;
  if (!text.empty()) {
    for (const Credential& one : all) {
      if (one.id == text) return one;
      if (one.name == text || absl::StartsWith(one.id, text)) fitting.push_back(one);
    }
  }
  const auto dead = [&](const Credential& one) { return !InForce(one, now); };
  if (fitting.size() > 1) std::erase_if(fitting, dead);
  if (fitting.size() == 1) return fitting[0];
  if (fitting.empty()) {
    return absl::NotFoundError("no such token; `ffctl token list` shows those there are");
  }
  return absl::InvalidArgumentError("that fits more than one token; name one by its id");
}

}  // namespace

absl::StatusOr<NewCredential> AccessControl::CreateToken(const std::string& name, Role role,
                                                         absl::Duration lifetime,
                                                         const access::Caller& by) {
  FF_TRY(CheckName(name));
  if (role == Role::kLocal) return absl::InvalidArgumentError("that role can't be given");
  if (lifetime < absl::ZeroDuration()) {
    return absl::InvalidArgumentError("a token's lifetime must be positive");
  }
  const absl::Time now = clock_();
  NewCredential made;
  made.token = access::NewToken();
  made.credential.id = access::NewId();
  made.credential.name = name;
  made.credential.role = role;
  made.credential.hash = access::HashToken(made.token);
  made.credential.created_at = now;
  made.credential.created_by = by.name;
  made.credential.expires_at = now + (lifetime == absl::ZeroDuration() ? kTokenLifetime : lifetime);
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(const auto all, tx.ListCredentials());
    for (const Credential& one : all) {
      if (one.name != name || !InForce(one, now)) continue;
      return absl::AlreadyExistsError(absl::StrCat("there is a token named ", name, " already (",
                                                   one.id,
                                                   "); revoke it first, or choose another name"));
    }
    return tx.AddCredential(made.credential);
  }));
  registry_.Put(made.credential);
  return made;
}

absl::StatusOr<std::vector<Credential>> AccessControl::ListTokens(bool all) {
  FF_TRY(FlushUses());
  const absl::Time now = clock_();
  std::vector<Credential> credentials;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(credentials, view.ListCredentials());
    return absl::OkStatus();
  }));
  if (!all) std::erase_if(credentials, [&](const auto& one) { return !InForce(one, now); });
  return credentials;
}

absl::StatusOr<Credential> AccessControl::RevokeToken(const std::string& token) {
  const absl::Time now = clock_();
  Credential credential;
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(const auto all, tx.ListCredentials());
    FF_TRY_ASSIGN(credential, Resolve(all, token, now));
    if (credential.revoked_at <= now) {
      return absl::FailedPreconditionError(
          absl::StrCat("token ", credential.id, " was revoked before"));
    }
    credential.revoked_at = now;
    return tx.RevokeCredential(credential.id, now);
  }));
  registry_.Put(credential);
  return credential;
}

absl::StatusOr<std::optional<NewCredential>> AccessControl::FirstAdmin() {
  if (!required()) return std::optional<NewCredential>();
  FF_TRY_ASSIGN(const auto tokens, ListTokens(false));
  std::string name = kFirstAdmin;
  for (const Credential& one : tokens) {
    if (one.role == Role::kAdmin) return std::optional<NewCredential>();
    if (one.name == kFirstAdmin) name = absl::StrCat(kFirstAdmin, "-", access::NewId());
  }
  access::Caller coordinator;
  coordinator.name = "coordinator";
  FF_TRY_ASSIGN(NewCredential made,
                CreateToken(name, Role::kAdmin, absl::ZeroDuration(), coordinator));
  return std::optional<NewCredential>(std::move(made));
}

}  // namespace ff::coordinator
