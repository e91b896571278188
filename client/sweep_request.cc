#include "client/sweep_request.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/errors.h"
#include "client/files.h"
#include "client/session.h"
#include "conf/load/effective.h"
#include "conf/load/load.h"
#include "nlohmann/json.hpp"
#include "worker/data/dataset_info.h"

namespace ff::client {
namespace {

std::vector<std::string> Without(std::vector<std::string> words,
                                 const std::vector<std::string>& keys) {
  std::erase_if(words, [&](const std::string& word) {
    for (const std::string& key : keys) {
      if (absl::StartsWith(word, key + "=")) return true;
    }
    return false;
  });
  return words;
}

absl::Status NoDataset() {
  return Fail(absl::StatusCode::kInvalidArgument, "no dataset is named: dataset.path is empty",
              "trainer.mode umup_gpt trains on a file of text or tokens",
              "add dataset.path=FILE, or --preset cpu_fast, or mode=synthetic to try without data");
}

}  // namespace

std::vector<Flag> ConfigFlags() {
  return {
      {"--preset", "NAME|FILE", "cpu_fast, cpu_full, gpu_h200, or a file of sections", true, {}},
      {"--config", "FILE", "a file of this stage's keys, over the preset", true, {}}};
}

std::vector<Flag> SweepFlags() {
  std::vector<Flag> flags = ConfigFlags();
  flags.push_back({"--sweep-lr",
                   "RATES",
                   "every model at each of these peak learning rates: 0.25,0.5,1,2",
                   false,
                   {}});
  return flags;
}

Words SplitWords(const std::vector<std::string>& words) {
  Words split;
  for (const std::string& word : words) {
    (absl::StrContains(word, '=') ? split.overrides : split.others).push_back(word);
  }
  return split;
}

absl::StatusOr<v1::FlopsFitConfig> ReadConfig(const Arguments& arguments,
                                              const std::vector<std::string>& overrides,
                                              const std::string& stage) {
  conf::LoadOptions options;
  options.files = arguments.All("preset");
  for (const std::string& file : arguments.All("config")) options.files.push_back(file);
  options.overrides = overrides;
  if (arguments.Has("sweep-lr")) {
    options.overrides.push_back(
        absl::StrCat("planner.lr_schedule.sweep=[", arguments.Get("sweep-lr"), "]"));
  }
  options.stage = stage;
  absl::StatusOr<v1::FlopsFitConfig> config = conf::LoadConfig(options);
  if (!config.ok()) {
    return WithNext(config.status(),
                    absl::StrCat("ffctl config view ", stage, "   shows every key and its value"));
  }
  return config;
}

PairSettings SettingsOf(const v1::FlopsFitConfig& config) {
  return {Without(conf::AsOverrides(config.coordinator()), {"listen.grpc", "database.path"}),
          Without(conf::AsOverrides(config.worker()), {"coordinator", "paths.state"})};
}

absl::StatusOr<v1::SweepSpec> MakeSweepSpec(const v1::FlopsFitConfig& config,
                                            const std::string& cwd) {
  v1::SweepSpec spec;
  *spec.mutable_planner() = config.planner();
  *spec.mutable_trainer() = config.trainer();
  *spec.mutable_analyzer() = config.analyzer();
  const std::string path = AbsolutePath(config.trainer().dataset().path(), cwd);
  const std::string& format = config.trainer().dataset().format();
  spec.mutable_trainer()->mutable_dataset()->set_path(path);
  spec.mutable_dataset()->set_path(path);
  spec.mutable_dataset()->set_format(format);
  const bool synthetic = config.trainer().mode() == "synthetic";
  if (path.empty()) {
    if (synthetic) return spec;
    return NoDataset();
  }
  const absl::StatusOr<data::DatasetInfo> info = data::ProbeDataset(path, format);
  if (absl::IsNotFound(info.status())) {
    const std::string next = absl::StrContains(path, "/.deps/data/")
                                 ? "./flops-fit.sh setup   (fetches it), or dataset.path=FILE"
                                 : "check dataset.path, or name another: dataset.path=FILE";
    return Fail(info.status().code(), absl::StrCat("the dataset ", path, " does not exist"),
                "dataset.path counts from the folder ffctl runs in", next);
  }
  if (!info.ok()) return WithNext(info.status(), "check dataset.path and dataset.format");
  spec.mutable_dataset()->set_tokens(info->tokens);
  spec.mutable_dataset()->set_fingerprint(info->fingerprint);
  return spec;
}

absl::Status UploadDataset(Session& session, CoordinatorClient& client, v1::SweepSpec* spec) {
  if (!spec->trainer().dataset().upload() || spec->dataset().path().empty()) {
    return absl::OkStatus();
  }
  session.Note(absl::StrCat("bringing ", spec->dataset().path(), " to the coordinator"));
  const absl::StatusOr<std::string> sha256 = client.SendFile(spec->dataset().path());
  if (!sha256.ok()) return sha256.status();
  spec->mutable_dataset()->set_sha256(*sha256);
  return absl::OkStatus();
}

std::string SweepJson(const v1::SweepPreview& preview) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const v1::Experiment& experiment : preview.experiments()) {
    const auto parameters = static_cast<double>(experiment.plan().parameters());
    const auto tokens = static_cast<double>(experiment.plan().tokens());
    list.push_back({{"experiment_id", experiment.id()},
                    {"compute_budget", experiment.budget_flops()},
                    {"model_size", experiment.plan().parameters()},
                    {"num_tokens", experiment.plan().tokens()},
                    {"tokens_per_param", tokens / parameters}});
  }
  return list.dump(2) + "\n";
}

absl::Status CheckAgainstSweepJson(const v1::SweepPreview& preview, const std::string& text,
                                   const std::string& path) {
  const auto list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) {
    return Fail(absl::StatusCode::kInvalidArgument, absl::StrCat(path, " is not a sweep.json"),
                "paths.sweep must name a list of experiments", "ffctl plan   writes one");
  }
  std::set<std::string> listed;
  for (const auto& entry : list) {
    if (entry.is_object()) listed.insert(entry.value("experiment_id", std::string()));
  }
  int missing = 0;
  for (const v1::Experiment& experiment : preview.experiments()) {
    missing += listed.erase(experiment.id()) == 0 ? 1 : 0;
  }
  if (missing == 0 && listed.empty()) return absl::OkStatus();
  return Fail(absl::StatusCode::kFailedPrecondition,
              absl::StrCat(path, " was planned with other settings than these"),
              absl::StrCat(missing, " experiments are not in it, ", listed.size(),
                           " are in it but not planned now"),
              "repeat `ffctl plan` with the same preset and words, or train without paths.sweep");
}

}  // namespace ff::client
