// From configuration words to what the coordinator is asked: reads presets and files
// through conf/load, makes paths absolute, looks at the dataset. Reads files; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/command.h"
#include "client/coordinator_client.h"
#include "client/local/local_coordinator.h"
#include "ff/v1/config.pb.h"
#include "ff/v1/sweep.pb.h"

namespace ff::client {

class Session;

// --preset and --config, for commands that read configuration.
std::vector<Flag> ConfigFlags();
// Those and --sweep-lr, for commands that make a sweep.
std::vector<Flag> SweepFlags();

// Words of the command line apart: KEY=VALUE, and the others.
struct Words {
  std::vector<std::string> overrides, others;
};
Words SplitWords(const std::vector<std::string>& words);

// Errors as conf::LoadConfig, with the next step. `stage`: planner, trainer ...
absl::StatusOr<v1::FlopsFitConfig> ReadConfig(const Arguments& arguments,
                                              const std::vector<std::string>& overrides,
                                              const std::string& stage);

// The sections that a private pair is started with, without the keys that ffctl sets.
PairSettings SettingsOf(const v1::FlopsFitConfig& config);

// Planner, trainer and analyzer sections and the dataset as found from `cwd`. Mode synthetic needs
// no dataset. NOT_FOUND: no such file; INVALID_ARGUMENT: none named, or not usable.
absl::StatusOr<v1::SweepSpec> MakeSweepSpec(const v1::FlopsFitConfig& config,
                                            const std::string& cwd);

// dataset.upload: brings the file to the coordinator and notes its hash in the spec; says so.
absl::Status UploadDataset(Session& session, CoordinatorClient& client, v1::SweepSpec* spec);

// flops-fit's sweep.json: a list of {experiment_id, compute_budget, model_size, num_tokens,
// tokens_per_param}.
std::string SweepJson(const v1::SweepPreview& preview);

// FAILED_PRECONDITION unless the sweep.json of `text` (read from `path`) lists exactly the
// experiments of the preview; says how many differ.
absl::Status CheckAgainstSweepJson(const v1::SweepPreview& preview, const std::string& text,
                                   const std::string& path);

}  // namespace ff::client
