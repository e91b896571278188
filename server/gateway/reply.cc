#include "server/gateway/reply.h"

#include <nlohmann/json.hpp>

#include "proto/wire/status.h"
#include "server/convert/json.h"

namespace ff::gateway {
namespace {

Response Json(int status, std::string body) {
  return {
      status, "application/json; charset=utf-8", std::move(body), {{"Cache-Control", "no-store"}}};
}

}  // namespace

Response ErrorReply(const absl::Status& status) {
  return ErrorReply(wire::ToHttp(status.code()), status);
}

Response ErrorReply(int http_status, const absl::Status& status) {
  const nlohmann::json error = {{"code", wire::CodeName(status.code())},
                                {"message", std::string(status.message())}};
  const nlohmann::json body = {{"error", error}};
  return Json(http_status,
              body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

Response JsonReply(const google::protobuf::Message& message) {
  absl::StatusOr<std::string> json = convert::ToJson(message);
  return json.ok() ? Json(200, *std::move(json)) : ErrorReply(json.status());
}

}  // namespace ff::gateway
