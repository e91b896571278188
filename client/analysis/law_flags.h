// The flags that say how a law is estimated, shared by analyze and predict: each is a short
// word for a key of conf/analyzer.yaml, so that presets, files and KEY=VALUE words mean the
// same. Pure but for reading configuration files; thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "client/command.h"
#include "ff/v1/config.pb.h"

namespace ff::client {

// --results, --group, --column, --budget-column, --curves, --method, --isoflop, --law, --loss,
// --huber-delta,
// --resamples, --seed, --confidence, --flops; with `config`: also --preset and --config.
std::vector<Flag> LawFlags();

// The flags as KEY=VALUE words, their keys in full: "analyzer.fitting.method=akima".
std::vector<std::string> LawOverrides(const Arguments& arguments);

// The analyzer's configuration: defaults, presets, files, then `overrides`, then the flags.
absl::StatusOr<v1::FlopsFitConfig> ReadLawConfig(const Arguments& arguments,
                                                 const std::vector<std::string>& overrides);

// --group COLUMN=VALUE, each; the first "=" parts. INVALID_ARGUMENT: no "=".
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> GroupsOf(
    const std::vector<std::string>& values);

// Amounts of compute in FLOP. INVALID_ARGUMENT: a word that is no number above 0.
absl::StatusOr<std::vector<double>> ComputesOf(const std::vector<std::string>& words);

}  // namespace ff::client
