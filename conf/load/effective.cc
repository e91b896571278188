#include "conf/load/effective.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conf/load/layers.h"
#include "conf/load/schema.h"
#include "conf/load/yaml_writer.h"

namespace ff::conf {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const Message& Section(const v1::FlopsFitConfig& config, const std::string& name) {
  return config.GetReflection()->GetMessage(config, config.GetDescriptor()->FindFieldByName(name));
}

std::string SectionNameOf(const Message& section) {
  for (const std::string& name : SectionNames()) {
    if (SectionDescriptor(name) == section.GetDescriptor()) return name;
  }
  return "";
}

std::string OverrideValue(const Message& section, const std::string& path) {
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  const Message* here = &section;
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    here =
        &here->GetReflection()->GetMessage(*here, here->GetDescriptor()->FindFieldByName(names[i]));
  }
  return ValueToOverride(*here, *here->GetDescriptor()->FindFieldByName(names.back()));
}

}  // namespace

absl::StatusOr<std::string> EffectiveYaml(const LoadOptions& options) {
  absl::StatusOr<Layers> layers = ReadLayers(options);
  if (!layers.ok()) return layers.status();
  if (options.stage.empty()) return ToYaml(layers->config, "", &layers->origins);
  return ToYaml(Section(layers->config, options.stage), options.stage, &layers->origins);
}

std::vector<std::string> AsOverrides(const Message& section) {
  std::vector<std::string> words;
  const std::string name = SectionNameOf(section);
  const absl::StatusOr<Layers> defaults = ReadLayers({});
  const bool comparable = defaults.ok() && !name.empty();
  for (const std::string& path : ValuePaths(*section.GetDescriptor())) {
    const std::string value = OverrideValue(section, path);
    if (!comparable || value != OverrideValue(Section(defaults->config, name), path)) {
      words.push_back(absl::StrCat(path, "=", value));
    }
  }
  return words;
}

std::string SectionYaml(const Message& section) {
  const std::string name = SectionNameOf(section);
  std::string yaml = absl::StrCat(name, ":\n");
  const std::vector<std::string> lines = absl::StrSplit(ToYaml(section, name), '\n');
  for (const std::string& line : lines) {
    if (!line.empty()) absl::StrAppend(&yaml, "  ", line, "\n");
  }
  return yaml;
}

}  // namespace ff::conf
