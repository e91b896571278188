// The YAML files of conf/ as text inside the program; embed.cmake writes the definition.
#pragma once

#include <string>
#include <vector>

namespace ff::conf {

struct EmbeddedFile {
  std::string name;  // relative to conf/: "planner.yaml", "presets/cpu_fast.yaml"
  std::string text;
};

const std::vector<EmbeddedFile>& EmbeddedFiles();

}  // namespace ff::conf
