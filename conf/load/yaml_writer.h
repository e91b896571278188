// A configuration message back into YAML that conf/load/ reads as the same message.
// Pure; thread-safe.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "conf/load/message_reader.h"

namespace ff::conf {

// All keys, in the order of the schema. `path` is the full path of `message` (empty for
// FlopsFitConfig). With origins, each value has its own as a comment.
std::string ToYaml(const google::protobuf::Message& message, const std::string& path = "",
                   const Origins* origins = nullptr);

// One value as YAML: 1e12, true, "some text", [2, 4].
std::string ValueToYaml(const google::protobuf::Message& message,
                        const google::protobuf::FieldDescriptor& field);

// One value as the right side of key.path=value.
std::string ValueToOverride(const google::protobuf::Message& message,
                            const google::protobuf::FieldDescriptor& field);

}  // namespace ff::conf
