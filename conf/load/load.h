// Reads configuration: embedded defaults (conf/*.yaml), then files, then key.path=value
// words, each over the one before, into the messages of proto/ff/v1/config.proto.
// Pure but for reading the named files; thread-safe. yaml-cpp's exceptions stop here.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "ff/v1/config.pb.h"

namespace ff::conf {

struct LoadOptions {
  // Files in order. One whose top-level keys are all section names (planner, trainer,
  // analyzer, visualizer, coordinator, worker) is a preset; any other is read as the
  // section named by `stage` (as is one with a top-level `trainer:` or `coordinator:` whose
  // content fits that stage's own key of this name). A bare word without '/' or ".yaml"
  // ("cpu_fast") names an embedded preset of conf/presets/.
  std::vector<std::string> files = {};
  // Further files, already read: their name for errors and their text.
  std::vector<std::pair<std::string, std::string>> texts = {};
  // "compute.min_flops=1e12". The path is looked up in section `stage`, else from the
  // root ("planner.compute.min_flops"), else in the only other section that has it.
  std::vector<std::string> overrides = {};
  // planner | trainer | analyzer | visualizer | coordinator | worker; empty: files are
  // presets and paths of overrides are looked up from the root, then in every section.
  std::string stage = {};
};

// INVALID_ARGUMENT with file, line, path and the nearest valid name for an unknown key,
// a wrong type, a value outside its rule (rules.proto), a key given twice, YAML that does
// not parse; and with a hint for keys that flops-fit (Python) had and this does not need.
// NOT_FOUND for a file or preset that does not exist (lists the presets).
absl::StatusOr<v1::FlopsFitConfig> LoadConfig(const LoadOptions& options);

// Names of the embedded presets.
std::vector<std::string> PresetNames();

// The default text of conf/<stage>.yaml with its comments (for `ffctl config`).
absl::StatusOr<std::string> DefaultText(const std::string& stage);

}  // namespace ff::conf
