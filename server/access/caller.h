// Who asks, once that is known: what verbs write into events and the audit log. Plain values.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "server/domain/access.h"

namespace ff::access {

// What a door knows of whoever calls before it has looked at credentials.
struct Presented {
  std::string token;             // of "Authorization: Bearer ..."; empty: none
  std::string certificate_name;  // common name of a client's verified certificate
  std::string credential_id;     // of a browser's session
  std::string door;              // grpc | http
  std::string peer;              // address without port
  std::string trace_id;          // 32 hex digits; empty: none
};

struct Caller {
  std::string name = "local user";
  Role role = Role::kLocal;
  std::string credential_id;
  absl::Time expires_at = absl::InfiniteFuture();
  std::string door, peer, trace_id;

  // For events: what somebody says of himself, after what we know of him.
  std::string By(const std::string& said) const;
};

// "00-<32 hex digits>-<16>-<2>" (W3C Trace Context) -> the 32 digits; empty: it is none.
std::string TraceIdOf(const std::string& traceparent);

}  // namespace ff::access
