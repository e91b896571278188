// What an analysis leaves on disk: scaling_laws.json, isoflops.csv, next_planner.yaml and
// optimal_model.json, as conf/analyzer.yaml's output section says.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "client/analysis/analyze_file.h"
#include "client/session.h"
#include "ff/v1/analysis.pb.h"
#include "ff/v1/config.pb.h"

namespace ff::client {

// What the next sweep and the best model are made of: predictions at the largest budget
// measured, a hundred times it, and the target.
struct GuidingPredictions {
  v1::Prediction at_largest, at_end, at_target;
};

// next_planner.yaml and optimal_model.json. A model that the planner's bounds do not allow is
// a warning: the law stands all the same.
absl::Status SaveConfigs(Session& session, const std::string& folder, const v1::Fit& fit,
                         const GuidingPredictions& predictions, const v1::FlopsFitConfig& config);

// Everything, of a file.
absl::Status SaveFileAnalysis(Session& session, const std::string& folder, const FileAnalysis& file,
                              const v1::FlopsFitConfig& config);

}  // namespace ff::client
