// Questions about the configuration schema (proto/ff/v1/config.proto), answered from its
// descriptors: which keys there are, what they are called, which of them a word may mean.
// A path is "compute.min_flops" within a section, "planner.compute.min_flops" in full.
// Pure; thread-safe.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "ff/v1/rules.pb.h"

namespace ff::conf {

// planner, trainer, analyzer, visualizer, coordinator, worker.
std::vector<std::string> SectionNames();
bool IsSection(const std::string& name);
// Null when there is no such section.
const google::protobuf::Descriptor* SectionDescriptor(const std::string& name);

const v1::Rule& RuleOf(const google::protobuf::FieldDescriptor& field);
bool IsGroup(const google::protobuf::FieldDescriptor& field);

// The field a path leads to (a group or a value), or null.
const google::protobuf::FieldDescriptor* FindPath(const google::protobuf::Descriptor& message,
                                                  const std::string& path);

// Paths of all values (not groups) below a message, in the order of the schema.
std::vector<std::string> ValuePaths(const google::protobuf::Descriptor& message);

// "did you mean 'min_flops'?" for a key that `message` (at full path `parent`) does not
// have; considers its keys first, then where else in the section, then in the schema, a
// key of this name exists. Empty when nothing is near.
std::string Suggestion(const google::protobuf::Descriptor& message, const std::string& parent,
                       const std::string& key);

// The candidate with the fewest edits (a transposition is one), if few enough; else "".
std::string Nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace ff::conf
