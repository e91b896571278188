// The body of a POST. Pure.
#pragma once

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "server/convert/json.h"
#include "server/gateway/message.h"

namespace ff::gateway {

// An empty body is an empty message. INVALID_ARGUMENT as convert::MergeJson.
inline absl::Status ReadBody(const Request& request, google::protobuf::Message* message) {
  if (absl::StripAsciiWhitespace(request.body).empty()) return absl::OkStatus();
  return convert::MergeJson(request.body, message);
}

}  // namespace ff::gateway
