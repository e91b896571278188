#include "server/convert/access.h"

#include "server/access/role.h"
#include "server/convert/time.h"

namespace ff::convert {

v1::Credential ToProto(const Credential& credential) {
  v1::Credential proto;
  proto.set_id(credential.id);
  proto.set_name(credential.name);
  proto.set_role(access::RoleName(credential.role));
  proto.set_created_by(credential.created_by);
  if (IsKnown(credential.created_at)) *proto.mutable_created_at() = ToProto(credential.created_at);
  if (IsKnown(credential.expires_at)) *proto.mutable_expires_at() = ToProto(credential.expires_at);
  if (IsKnown(credential.last_used)) *proto.mutable_last_used() = ToProto(credential.last_used);
  if (IsKnown(credential.revoked_at)) *proto.mutable_revoked_at() = ToProto(credential.revoked_at);
  return proto;
}

v1::CreateTokenResponse ToProto(const coordinator::NewCredential& made) {
  v1::CreateTokenResponse proto;
  *proto.mutable_credential() = ToProto(made.credential);
  proto.set_token(made.token);
  return proto;
}

v1::ListTokensResponse ToProto(const std::vector<Credential>& credentials) {
  v1::ListTokensResponse proto;
  for (const Credential& one : credentials) *proto.add_credentials() = ToProto(one);
  return proto;
}

v1::AuditEntry ToProto(const AuditEntry& entry) {
  v1::AuditEntry proto;
  proto.set_seq(entry.seq);
  *proto.mutable_time() = ToProto(entry.time);
  proto.set_who(entry.who);
  proto.set_role(entry.role);
  proto.set_door(entry.door);
  proto.set_peer(entry.peer);
  proto.set_action(entry.action);
  proto.set_subject(entry.subject);
  proto.set_outcome(entry.outcome);
  proto.set_trace_id(entry.trace_id);
  return proto;
}

v1::ListAuditResponse ToProto(const std::vector<AuditEntry>& entries) {
  v1::ListAuditResponse proto;
  for (const AuditEntry& entry : entries) *proto.add_entries() = ToProto(entry);
  return proto;
}

v1::Identity ToProto(const access::Caller& caller) {
  v1::Identity proto;
  proto.set_name(caller.name);
  proto.set_role(access::RoleName(caller.role));
  proto.set_authenticated(caller.role != Role::kLocal);
  if (IsKnown(caller.expires_at)) *proto.mutable_expires_at() = ToProto(caller.expires_at);
  return proto;
}

coordinator::AuditQuery FromProto(const v1::ListAuditRequest& request) {
  return {request.after_seq(), request.limit(), request.oldest_first(), request.who()};
}

absl::Duration Lifetime(const v1::CreateTokenRequest& request) {
  return request.lifetime_seconds() < 0 ? absl::InfiniteDuration()
                                        : absl::Seconds(request.lifetime_seconds());
}

}  // namespace ff::convert
