// A YAML tree into a message of the schema, by reflection. Keys not in the tree keep their
// value, so layers are read one over the other. Not thread-safe.
#pragma once

#include <google/protobuf/message.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <string>

#include "conf/load/problems.h"

namespace ff::conf {

// Full path of a value -> where it was last set: "conf/planner.yaml:12", "command line".
using Origins = std::map<std::string, std::string>;

class MessageReader {
 public:
  // `source` stands in messages and origins. The pointers outlive the reader.
  MessageReader(std::string source, Problems* problems, Origins* origins)
      : source_(std::move(source)), problems_(problems), origins_(origins) {}

  // `node` should be a map (or null: nothing to set); `path` is the full path of `message`,
  // empty for FlopsFitConfig itself.
  void ReadGroup(const YAML::Node& node, const std::string& path,
                 google::protobuf::Message* message);

  // One value or list. `where` is its position.
  void ReadValue(const YAML::Node& node, const std::string& where, const std::string& path,
                 const google::protobuf::FieldDescriptor& field,
                 google::protobuf::Message* message);

 private:
  void ReadKey(const YAML::Node& key, const YAML::Node& value, const std::string& path,
               google::protobuf::Message* message);
  void ReadList(const YAML::Node& node, const std::string& where, const std::string& path,
                const google::protobuf::FieldDescriptor& field, google::protobuf::Message* message);

  const std::string source_;
  Problems* const problems_;
  Origins* const origins_;
};

}  // namespace ff::conf
