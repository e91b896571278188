// What a configuration came to: shown to a user, or handed on to a program that ffctl
// starts. Pure but for reading the named files; thread-safe.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "conf/load/load.h"

namespace ff::conf {

// The configuration as YAML, each value with where it comes from as a comment:
// "conf/planner.yaml:9" (the default), "my.yaml:3", "command line". Only the section
// options.stage, or all sections where it is empty; either reads back as the same
// configuration. Errors as LoadConfig.
absl::StatusOr<std::string> EffectiveYaml(const LoadOptions& options);

// For a section message (CoordinatorConfig, ...): "listen.grpc=unix:/run/x" for every key
// whose value is not the default. LoadConfig of that stage with these gives `section` again.
std::vector<std::string> AsOverrides(const google::protobuf::Message& section);

// A section message as YAML under its name, without comments: reads back as the same section.
std::string SectionYaml(const google::protobuf::Message& section);

}  // namespace ff::conf
