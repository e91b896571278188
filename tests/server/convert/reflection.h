// Test helpers that walk messages by reflection, so that a field added to a .proto file is
// tested without anybody remembering to.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <string>
#include <vector>

namespace ff::convert::testing {

// Every field with a value of its own kind other than the default, drawn from `seed`;
// lists get two entries.
void Fill(google::protobuf::Message* message, unsigned seed);

// Calls `visit(path, change)` for every scalar leaf of `message` ("planner.compute.min_flops");
// `change` alters that leaf to another value when called.
void ForEachLeaf(
    google::protobuf::Message* message,
    const std::function<void(const std::string& path, std::function<void()> change)>& visit);

// Paths of the fields that hold their default (or nothing), as deep as messages are set.
std::vector<std::string> DefaultFields(const google::protobuf::Message& message);

}  // namespace ff::convert::testing
