// ffctl analyze on files of runs: one file, or two laws side by side.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/analysis/analyze_file.h"
#include "client/command.h"
#include "client/session.h"
#include "ff/v1/config.pb.h"

namespace ff::client {

// `ffctl analyze --results FILE`. Connects to nothing.
absl::StatusOr<Exit> RunOnFile(Session& session, const Arguments& arguments,
                               const v1::FlopsFitConfig& config);

struct NamedFile {
  std::string name;
  FileAnalysis file;
};
// --results and, where `other` is not empty, that beside it: each a file, or a sweep whose
// finished runs are exported and analysed here by the same options.
absl::StatusOr<std::vector<NamedFile>> AnalyzeSides(Session& session, const Arguments& arguments,
                                                    const std::string& other,
                                                    const v1::AnalyzerConfig& config);

// `ffctl analyze --compare A B`: A and B are --compare's values and then `words`. One that is
// no file is a sweep, whose finished runs are exported and analysed here, so that both laws
// are fitted by the same options.
absl::StatusOr<Exit> RunComparison(Session& session, const Arguments& arguments,
                                   const std::vector<std::string>& words,
                                   const v1::AnalyzerConfig& config);

}  // namespace ff::client
