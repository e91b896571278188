// What ToJson (json.h) makes of messages, as JSON Schema (draft 2020-12): every key is there,
// nothing else is. Pure; thread-safe.
#pragma once

#include <map>
#include <string>

namespace google::protobuf {
class Descriptor;
}

namespace ff::client {

// One document: "$defs" of the messages, and a property for each of `answers`, such as "sweep
// list", with the message that `-o json` prints there. Pretty-printed, ends with a newline.
std::string JsonSchema(const std::map<std::string, const google::protobuf::Descriptor*>& answers);

}  // namespace ff::client
