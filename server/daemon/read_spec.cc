#include "server/daemon/read_spec.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conf/load/effective.h"
#include "conf/load/load.h"
#include "server/convert/sweep_spec.h"
#include "worker/data/dataset_info.h"

namespace ff::daemon {
namespace {

size_t Indent(const std::string& line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// The lines of `yaml` that differ from those of `defaults`, which has the same keys in the same
// order, with the groups they stand in; empty where nothing differs.
std::string Differing(const std::string& yaml, const std::string& defaults) {
  const std::vector<std::string> lines = absl::StrSplit(yaml, '\n');
  const std::vector<std::string> others = absl::StrSplit(defaults, '\n');
  if (lines.size() != others.size()) return yaml;
  std::string kept;
  std::vector<std::string> groups;  // not written yet
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.empty()) continue;
    while (!groups.empty() && Indent(groups.back()) >= Indent(line)) groups.pop_back();
    if (line.back() == ':') {
      groups.push_back(line);
    } else if (line != others[i]) {
      for (const std::string& group : groups) absl::StrAppend(&kept, group, "\n");
      groups.clear();
      absl::StrAppend(&kept, line, "\n");
    }
  }
  return kept;
}

absl::StatusOr<std::string> YamlOf(const v1::SweepSpec& spec) {
  const absl::StatusOr<v1::FlopsFitConfig> defaults = conf::LoadConfig({});
  if (!defaults.ok()) return defaults.status();
  return absl::StrCat(
      Differing(conf::SectionYaml(spec.planner()), conf::SectionYaml(defaults->planner())),
      Differing(conf::SectionYaml(spec.trainer()), conf::SectionYaml(defaults->trainer())),
      spec.has_analyzer()
          ? Differing(conf::SectionYaml(spec.analyzer()), conf::SectionYaml(defaults->analyzer()))
          : "");
}

absl::StatusOr<v1::SweepSpec> SpecOfSweep(coordinator::Coordinator& coordinator,
                                          const std::string& sweep) {
  const absl::StatusOr<Sweep> found = coordinator.GetSweep(sweep);
  if (!found.ok()) return found.status();
  return convert::SpecOf(*found);
}

// What the planner has to know of the data; `known`: of the sweep that is copied.
absl::Status FillDataset(const v1::Dataset& known, v1::SweepSpec* spec) {
  std::string path = spec->trainer().dataset().path();
  if (!path.empty()) path = std::filesystem::absolute(path).lexically_normal().string();
  spec->mutable_trainer()->mutable_dataset()->set_path(path);
  v1::Dataset* dataset = spec->mutable_dataset();
  dataset->set_path(path);
  dataset->set_format(spec->trainer().dataset().format());
  if (path.empty()) {
    if (spec->trainer().mode() == "synthetic") return absl::OkStatus();
    return absl::InvalidArgumentError(
        "no dataset is named: trainer.dataset.path is empty\n"
        "name a file of text or tokens, or set trainer.mode: synthetic to try without data");
  }
  if (known.path() == path && known.tokens() > 0) {
    *dataset = known;
    return absl::OkStatus();
  }
  const absl::StatusOr<data::DatasetInfo> info = data::ProbeDataset(path, dataset->format());
  if (absl::IsNotFound(info.status())) {
    return absl::InvalidArgumentError(
        absl::StrCat("trainer.dataset.path: there is no ", path,
                     " on the coordinator's host; a dataset that is elsewhere is brought by "
                     "`ffctl sweep create` on the host that has it"));
  }
  if (!info.ok()) return info.status();
  dataset->set_tokens(info->tokens);
  dataset->set_fingerprint(info->fingerprint);
  return absl::OkStatus();
}

absl::StatusOr<v1::ReadSpecResponse> Read(coordinator::Coordinator& coordinator,
                                          const v1::ReadSpecRequest& request) {
  v1::ReadSpecResponse response;
  for (const std::string& name : conf::PresetNames()) response.add_presets(name);
  v1::SweepSpec original;
  if (!request.sweep().empty()) {
    absl::StatusOr<v1::SweepSpec> spec = SpecOfSweep(coordinator, request.sweep());
    if (!spec.ok()) return spec.status();
    original = *std::move(spec);
  }
  if (!request.sweep().empty() && request.yaml().empty()) {
    absl::StatusOr<std::string> yaml = YamlOf(original);
    if (!yaml.ok()) return yaml.status();
    *response.mutable_spec() = std::move(original);
    response.set_yaml(*std::move(yaml));
    return response;
  }
  conf::LoadOptions options;
  if (!request.preset().empty()) options.files = {request.preset()};
  options.texts = {{"the sweep's YAML", request.yaml()}};
  if (!request.preset().empty() && request.preset().find('/') != std::string::npos) {
    return absl::InvalidArgumentError("preset names one of conf/presets, not a file");
  }
  const absl::StatusOr<v1::FlopsFitConfig> config = conf::LoadConfig(options);
  if (!config.ok()) return config.status();
  v1::SweepSpec* spec = response.mutable_spec();
  *spec->mutable_planner() = config->planner();
  *spec->mutable_trainer() = config->trainer();
  *spec->mutable_analyzer() = config->analyzer();
  absl::StatusOr<std::string> yaml = YamlOf(*spec);
  if (!yaml.ok()) return yaml.status();
  response.set_yaml(request.yaml().empty() ? *std::move(yaml) : request.yaml());
  if (absl::Status filled = FillDataset(original.dataset(), spec); !filled.ok()) return filled;
  return response;
}

}  // namespace

convert::SpecReader MakeSpecReader(coordinator::Coordinator* coordinator) {
  return [coordinator](const v1::ReadSpecRequest& request) { return Read(*coordinator, request); };
}

}  // namespace ff::daemon
