// JSON text in the other shapes that programs read: one line, or YAML. Pure; thread-safe.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace ff::client {

// The same object on one line, ending with a newline. What is no JSON comes back as it is.
std::string JsonLine(absl::string_view json);

// The same as YAML in block style; texts are in double quotes where they need it, so that a YAML
// reader gives back what the JSON said.
std::string JsonToYaml(absl::string_view json);

}  // namespace ff::client
