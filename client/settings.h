// ffctl's own settings and where each comes from. A flag goes before the environment
// (FFCTL_COORDINATOR, ...), that before .ffctl.toml of the project (the folder ffctl runs in or
// the nearest one above it that has one), that before $XDG_CONFIG_HOME/ffctl/config.toml, that
// before /etc/flops-fit/ffctl.toml. Files are TOML: coordinator = "10.0.0.5:7410". Plain values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/command.h"
#include "client/contexts.h"

namespace ff::client {

struct Setting {
  std::string value;
  std::string origin;  // "--output", "FFCTL_OUTPUT", a file's path, "default"
};

struct SettingName {
  std::string name, default_value;
  std::vector<std::string> choices{};  // empty: any text
};
// coordinator, context, output, color, timeout, progress, token_file, ca. (A token itself comes
// from FFCTL_TOKEN alone: never from a flag, which others see, and never from these files.)
const std::vector<SettingName>& SettingNames();

class Settings {
 public:
  std::string Get(const std::string& name) const;
  const std::map<std::string, Setting>& all() const { return all_; }
  void Put(const std::string& name, Setting setting) { all_[name] = std::move(setting); }

 private:
  std::map<std::string, Setting> all_;
};

// INVALID_ARGUMENT: a file that is no TOML or has an unknown key or value (with the nearest).
// A coordinator that is named closer than a context takes its place, and the other way round.
absl::StatusOr<Settings> ReadSettings(const Arguments& arguments, const Environment& env,
                                      const std::string& cwd);

}  // namespace ff::client
