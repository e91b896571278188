// Messages as JSON for programs: field names as in the .proto, numbers as numbers (int64
// too), states by their names in the .proto, times as RFC 3339 in UTC, what is not finite as null.
// Unset numbers and lists are written, unset messages are null, so that a reader finds
// every key. Pure; thread-safe.
#pragma once

#include <string>

namespace google::protobuf {
class Message;
}

namespace ff::client {

// Pretty-printed object that begins with "apiVersion": "ff/v1"; ends with a newline.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace ff::client
