#include "conf/load/layers.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "conf/load/embedded.h"
#include "conf/load/overrides.h"
#include "conf/load/problems.h"
#include "conf/load/retired.h"
#include "conf/load/schema.h"
#include "conf/load/yaml_document.h"

namespace ff::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct NamedText {
  std::string name, text;
};

bool IsPresetName(const std::string& file) {
  return !absl::StrContains(file, '/') && !absl::EndsWith(file, ".yaml") &&
         !absl::EndsWith(file, ".yml");
}

absl::StatusOr<NamedText> ReadPreset(const std::string& preset) {
  const std::string name = absl::StrCat("presets/", preset, ".yaml");
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    if (file.name == name) return NamedText{"conf/" + name, file.text};
  }
  return absl::NotFoundError(absl::StrCat("there is no preset '", preset, "'; the presets are ",
                                          absl::StrJoin(PresetNames(), ", "),
                                          " (a file's name ends in .yaml or has a / in it)"));
}

absl::StatusOr<NamedText> ReadFile(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return absl::NotFoundError(absl::StrCat(
        "configuration file ", path, " does not exist or cannot be reached; the presets are ",
        absl::StrJoin(PresetNames(), ", ")));
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("configuration file ", path, " is not a regular file"));
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text(kMaxYamlBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  const bool failed = stream.bad() || (stream.fail() && !stream.eof());
  if (failed || (stream.gcount() == 0 && info.st_size > 0)) {
    return absl::NotFoundError(
        absl::StrCat("configuration file ", path, " cannot be read; check its permissions"));
  }
  text.resize(stream.gcount());
  return NamedText{path, text};
}

// Two sections have a key that is itself the name of a section (trainer.trainer,
// worker.coordinator). A file of that stage with such a key at its top is still the section's
// own if what stands below the key fits there.
bool FitsStage(const YAML::Node& root, const std::string& stage) {
  const google::protobuf::Descriptor* section = SectionDescriptor(stage);
  if (section == nullptr) return false;
  for (const auto& item : root) {
    const FieldDescriptor* field = section->FindFieldByName(item.first.Scalar());
    if (field == nullptr) return false;
    if (!IsGroup(*field)) {
      if (item.second.IsScalar()) return true;
      continue;
    }
    if (!item.second.IsMap()) continue;
    for (const auto& inner : item.second) {
      if (!inner.first.IsScalar()) continue;
      const std::string key = inner.first.Scalar();
      if (field->message_type()->FindFieldByName(key) != nullptr) return true;
      if (!RetiredHint(absl::StrCat(stage, ".", field->name(), ".", key)).empty()) return true;
    }
  }
  return false;
}

bool IsPreset(const YAML::Node& root, const std::string& stage) {
  if (!root.IsMap()) return false;
  for (const auto& item : root) {
    if (!item.first.IsScalar() || !IsSection(item.first.Scalar())) return false;
  }
  return !FitsStage(root, stage);
}

Message* MutableSection(const std::string& name, v1::FlopsFitConfig* config) {
  return config->GetReflection()->MutableMessage(config,
                                                 config->GetDescriptor()->FindFieldByName(name));
}

void ReadText(const NamedText& file, const std::string& stage, Layers* layers, Problems* problems) {
  absl::StatusOr<YAML::Node> root = ParseYaml(file.name, file.text);
  if (!root.ok()) {
    problems->AddLine(std::string(root.status().message()));
    return;
  }
  MessageReader reader(file.name, problems, &layers->origins);
  if (IsPreset(*root, stage) || !IsSection(stage)) {
    reader.ReadGroup(*root, "", &layers->config);
  } else {
    reader.ReadGroup(*root, stage, MutableSection(stage, &layers->config));
  }
}

absl::Status ReadDefaults(Layers* layers) {
  Problems problems;
  for (const std::string& section : SectionNames()) {
    absl::StatusOr<std::string> text = DefaultText(section);
    if (!text.ok()) return text.status();
    MessageReader reader(absl::StrCat("conf/", section, ".yaml"), &problems, &layers->origins);
    absl::StatusOr<YAML::Node> root = ParseYaml(absl::StrCat("conf/", section, ".yaml"), *text);
    if (!root.ok()) return root.status();
    reader.ReadGroup(*root, section, MutableSection(section, &layers->config));
  }
  return problems.ToStatus();
}

}  // namespace

absl::StatusOr<Layers> ReadLayers(const LoadOptions& options) {
  if (!options.stage.empty() && !IsSection(options.stage)) {
    return absl::InvalidArgumentError(absl::StrCat("there is no section '", options.stage,
                                                   "'; the sections are ",
                                                   absl::StrJoin(SectionNames(), ", ")));
  }
  Layers layers;
  if (absl::Status status = ReadDefaults(&layers); !status.ok()) return status;
  Problems problems;
  for (const std::string& file : options.files) {
    absl::StatusOr<NamedText> text = IsPresetName(file) ? ReadPreset(file) : ReadFile(file);
    if (!text.ok()) return text.status();
    ReadText(*text, options.stage, &layers, &problems);
  }
  for (const auto& [name, text] : options.texts) {
    ReadText({name, text}, options.stage, &layers, &problems);
  }
  for (const std::string& word : options.overrides) {
    ApplyOverride(word, options.stage, &layers.config, &problems, &layers.origins);
  }
  if (absl::Status status = problems.ToStatus(); !status.ok()) return status;
  return layers;
}

}  // namespace ff::conf
