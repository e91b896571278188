// Credentials, callers and the audit log, to proto. Pure.
#pragma once

#include <vector>

#include "ff/v1/access.pb.h"
#include "server/access/caller.h"
#include "server/coordinator/access_control.h"
#include "server/domain/access.h"

namespace ff::convert {

// Without the hash.
v1::Credential ToProto(const Credential& credential);
v1::CreateTokenResponse ToProto(const coordinator::NewCredential& made);
v1::ListTokensResponse ToProto(const std::vector<Credential>& credentials);
v1::AuditEntry ToProto(const AuditEntry& entry);
v1::ListAuditResponse ToProto(const std::vector<AuditEntry>& entries);
v1::Identity ToProto(const access::Caller& caller);

coordinator::AuditQuery FromProto(const v1::ListAuditRequest& request);
// Zero: as long as tokens last where nobody says.
absl::Duration Lifetime(const v1::CreateTokenRequest& request);

}  // namespace ff::convert
