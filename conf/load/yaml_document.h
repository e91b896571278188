// Text into a YAML tree, within limits that keep a hostile file from costing much: size,
// depth, number of nodes (aliases counted at each use). yaml-cpp's exceptions stop here.
// Pure; thread-safe.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "absl/status/statusor.h"

namespace ff::conf {

constexpr size_t kMaxYamlBytes = 1 << 20;

// `name` stands in messages ("my.yaml"). Null node for an empty document. INVALID_ARGUMENT
// with name and line: text that is not YAML, more than one document, past a limit.
absl::StatusOr<YAML::Node> ParseYaml(const std::string& name, const std::string& text);

// "my.yaml:7"; the name alone where the position is not known.
std::string Where(const std::string& name, const YAML::Node& node);

}  // namespace ff::conf
