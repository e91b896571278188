// The body of a POST. Pure.
#pragma once

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "server/gateway/message.h"

namespace ff::gateway {

// An empty body is an empty message. INVALID_ARGUMENT as convert::MergeJson.
absl::Status ReadBody(const Request& request, google::protobuf::Message* message);

}  // namespace ff::gateway
