#include "conf/load/load.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "conf/load/embedded.h"
#include "conf/load/layers.h"
#include "conf/load/schema.h"

namespace ff::conf {

absl::StatusOr<v1::FlopsFitConfig> LoadConfig(const LoadOptions& options) {
  absl::StatusOr<Layers> layers = ReadLayers(options);
  if (!layers.ok()) return layers.status();
  return std::move(layers->config);
}

std::vector<std::string> PresetNames() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    absl::string_view name = file.name;
    if (absl::ConsumePrefix(&name, "presets/") && absl::ConsumeSuffix(&name, ".yaml")) {
      names.emplace_back(name);
    }
  }
  return names;
}

absl::StatusOr<std::string> DefaultText(const std::string& stage) {
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    if (file.name == stage + ".yaml") return file.text;
  }
  return absl::NotFoundError(absl::StrCat("there is no section '", stage, "'; the sections are ",
                                          absl::StrJoin(SectionNames(), ", ")));
}

}  // namespace ff::conf
