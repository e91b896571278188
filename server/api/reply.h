// How a verb's answer becomes a gRPC answer. Pure.
#pragma once

#include "absl/status/statusor.h"
#include "grpcpp/support/status.h"
#include "proto/wire/status.h"

namespace ff::api {

// What the conversions give: a message, or a message or an error.
template <typename Message>
grpc::Status Send(Message message, Message* response) {
  *response = std::move(message);
  return grpc::Status::OK;
}
template <typename Message>
grpc::Status Send(absl::StatusOr<Message> message, Message* response) {
  if (!message.ok()) return wire::ToGrpc(message.status());
  return Send(*std::move(message), response);
}

// The answer of one verb of the coordinator, as `to_proto` writes it, or its error.
template <typename T, typename Message, typename ToProto>
grpc::Status Reply(const absl::StatusOr<T>& answer, Message* response, ToProto to_proto) {
  if (!answer.ok()) return wire::ToGrpc(answer.status());
  return Send(to_proto(*answer), response);
}

}  // namespace ff::api
