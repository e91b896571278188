// ff-coordinator's command line; the only file pair that knows CLI11.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ff::daemon {

struct Flags {
  std::vector<std::string> config_files;
  std::vector<std::string> overrides;  // key.path=value
  // Set where the command line itself was the whole job (--help, --version, a mistake):
  // what to exit with, its text being printed already.
  std::optional<int> exit_code;
};

// Prints help and version to standard output, mistakes to standard error.
Flags ParseFlags(int argc, const char* const* argv, const std::string& version);

}  // namespace ff::daemon
