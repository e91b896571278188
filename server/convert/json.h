// Protobuf messages as JSON, as the HTTP door and the stored sweep specs use them: names
// as in the .proto files (snake_case). As protobuf prescribes, 64-bit integers are strings
// ("12"), timestamps RFC 3339, NaN and infinities the strings "NaN", "Infinity" and
// "-Infinity"; readers accept numbers and strings alike. Safe from any thread.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ff::convert {

// Every field of the message, zeros and empty lists too; only absent messages are left out.
// INTERNAL: a timestamp outside the years 1 to 9999.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);

// Puts the fields that `json` names over those `message` has; lists in `json` are added to
// theirs. INVALID_ARGUMENT: not JSON, a name or type the message does not have; `message`
// is then unspecified.
absl::Status MergeJson(absl::string_view json, google::protobuf::Message* message);

}  // namespace ff::convert
