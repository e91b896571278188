// How answers look over HTTP: protobuf JSON of the API's messages, and for errors
// {"error": {"code": "NOT_FOUND", "message": "..."}} with the status of proto/wire. Pure.
#pragma once

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/gateway/message.h"

namespace ff::gateway {

// `status` must not be OK.
Response ErrorReply(const absl::Status& status);

// The same with an HTTP status that has no absl code of its own (405, 411, 413, ...).
Response ErrorReply(int http_status, const absl::Status& status);

Response JsonReply(const google::protobuf::Message& message);

template <typename Message>
Response JsonReply(const absl::StatusOr<Message>& message) {
  return message.ok() ? JsonReply(*message) : ErrorReply(message.status());
}

// The reply to one verb of the coordinator: its answer as `to_proto` writes it, or its error.
template <typename T, typename ToProto>
Response Reply(const absl::StatusOr<T>& answer, ToProto to_proto) {
  return answer.ok() ? JsonReply(to_proto(*answer)) : ErrorReply(answer.status());
}

}  // namespace ff::gateway
