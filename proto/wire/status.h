// The one place where absl::Status, grpc::Status and HTTP status codes meet. Every
// program that speaks gRPC or HTTP maps errors here, so an error reads the same behind
// every door. Pure functions; safe from any thread.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace ff::wire {

// Code and message are kept. gRPC sends the message in a header, and a peer drops a call
// whose headers pass 8 KiB, so a message that would come near is cut and ends in "...".
grpc::Status ToGrpc(const absl::Status& status);

// The reverse; details that gRPC may carry beside the message are dropped.
absl::Status FromGrpc(const grpc::Status& status);

// OK 200, INVALID_ARGUMENT and OUT_OF_RANGE 400, UNAUTHENTICATED 401, PERMISSION_DENIED 403,
// NOT_FOUND 404, ALREADY_EXISTS and ABORTED 409, FAILED_PRECONDITION 412,
// RESOURCE_EXHAUSTED 429, CANCELLED 499, UNIMPLEMENTED 501, UNAVAILABLE 503,
// DEADLINE_EXCEEDED 504, everything else 500.
int ToHttp(absl::StatusCode code);

// "NOT_FOUND": the code as the API spells it in {"error": {"code": ...}}.
std::string CodeName(absl::StatusCode code);

}  // namespace ff::wire
