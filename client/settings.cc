#include "client/settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/errors.h"
#include "client/files.h"
#include "client/print/words.h"

namespace ff::client {
namespace {

struct Layer {
  std::string origin;
  std::map<std::string, std::string> values;
};

absl::Status CheckValue(const std::string& origin, const std::string& name,
                        const std::string& value) {
  std::vector<std::string> names;
  for (const SettingName& known : SettingNames()) {
    names.push_back(known.name);
    if (known.name != name) continue;
    const auto& choices = known.choices;
    if (choices.empty() || std::count(choices.begin(), choices.end(), value) > 0) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(absl::StrCat(origin, ": ", name, " cannot be '", value,
                                                   "'\nit is one of ",
                                                   absl::StrJoin(choices, ", ")));
  }
  const std::string near = NearestWord(name, names);
  return Fail(absl::StatusCode::kInvalidArgument,
              absl::StrCat(origin, ": there is no setting '", name, "'"),
              absl::StrCat(near.empty() ? "" : absl::StrCat("did you mean '", near, "'? "),
                           "settings are ", absl::StrJoin(names, ", ")),
              "ffctl config view --origin");
}

absl::StatusOr<Layer> ReadToml(const std::string& path) {
  Layer layer{path, {}};
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return layer;
  if (!text.ok()) return text.status();
  std::vector<CLI::ConfigItem> items;
  try {
    std::istringstream stream(*text);
    items = CLI::ConfigTOML().from_config(stream);
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", error.what()));
  }
  for (const CLI::ConfigItem& item : items) {
    if (item.inputs.size() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": ", item.fullname(), " needs one value: NAME = \"VALUE\""));
    }
    absl::Status checked = CheckValue(path, item.fullname(), item.inputs[0]);
    if (!checked.ok()) return checked;
    layer.values[item.fullname()] = item.inputs[0];
  }
  return layer;
}

// The nearest .ffctl.toml from `cwd` up; "" where there is none.
std::string ProjectFile(const std::string& cwd) {
  std::error_code error;
  for (std::filesystem::path folder = cwd; !folder.empty(); folder = folder.parent_path()) {
    const std::filesystem::path file = folder / ".ffctl.toml";
    if (std::filesystem::is_regular_file(file, error)) return file.string();
    if (folder == folder.root_path()) break;
  }
  return "";
}

std::string UserFile(const Environment& env) {
  const std::string config = env("XDG_CONFIG_HOME");
  return absl::StrCat(config.empty() ? env("HOME") + "/.config" : config, "/ffctl/config.toml");
}

}  // namespace

const std::vector<SettingName>& SettingNames() {
  static const auto* const kNames = new std::vector<SettingName>{
      {"coordinator", ""},
      {"context", ""},
      {"output", "table", {"table", "wide", "json", "jsonl", "yaml", "csv", "name"}},
      {"color", "auto", {"auto", "always", "never"}},
      {"timeout", "30"},
      {"progress", "auto", {"auto", "plain", "json", "none"}},
      {"token_file", ""},
      {"ca", ""}};
  return *kNames;
}

std::string Settings::Get(const std::string& name) const {
  const auto found = all_.find(name);
  return found == all_.end() ? "" : found->second.value;
}

absl::StatusOr<Settings> ReadSettings(const Arguments& arguments, const Environment& env,
                                      const std::string& cwd) {
  std::vector<std::string> files = {"/etc/flops-fit/ffctl.toml", UserFile(env)};
  if (const std::string project = ProjectFile(cwd); !project.empty()) files.push_back(project);
  Settings settings;
  for (const SettingName& known : SettingNames()) {
    settings.Put(known.name, {known.default_value, "default"});
  }
  // From far to near: each goes over the one before.
  const auto put = [&](const std::string& name, const std::string& value,
                       const std::string& origin) {
    settings.Put(name, {value, origin});
    if (name == "coordinator") settings.Put("context", {"", origin});
    if (name == "context") settings.Put("coordinator", {"", origin});
  };
  for (const std::string& file : files) {
    const absl::StatusOr<Layer> layer = ReadToml(file);
    if (!layer.ok()) return layer.status();
    for (const auto& [name, value] : layer->values) put(name, value, layer->origin);
  }
  // A context first: of two in one place, the coordinator wins.
  std::vector<SettingName> names = SettingNames();
  std::swap(names[0], names[1]);
  for (const SettingName& known : names) {
    const std::string variable = "FFCTL_" + absl::AsciiStrToUpper(known.name);
    const std::string value = env(variable);
    if (value.empty()) continue;
    if (absl::Status checked = CheckValue(variable, known.name, value); !checked.ok()) {
      return checked;
    }
    put(known.name, value, variable);
  }
  for (const SettingName& known : names) {
    const std::string flag = absl::StrReplaceAll(known.name, {{"_", "-"}});
    if (arguments.Has(flag)) put(known.name, arguments.Get(flag), "--" + flag);
  }
  return settings;
}

}  // namespace ff::client
