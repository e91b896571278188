// A whole analysis, domain to proto, and the analyzer's options, proto to domain. Knows no
// coordinator, so that ffctl can use it too. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "ff/v1/analysis.pb.h"
#include "ff/v1/config.pb.h"
#include "server/domain/analysis.h"

namespace ff::convert {

// The fit's message with the other approaches beside it.
v1::Fit ToProto(const Analysis& analysis);
v1::SurfaceFit ToProto(const LawFit& law);
v1::EnvelopeFit ToProto(const EnvelopeFit& envelope);

// predictions[i] holds the approaches at the i-th target.
v1::PredictResponse ToProto(
    const std::pair<std::string, std::vector<std::vector<MethodPrediction>>>& predictions);

// target_compute, paths and output are the client's own keys and have no counterpart.
// INVALID_ARGUMENT: an unknown family, loss or unit.
absl::StatusOr<AnalyzeOptions> FromProto(const v1::AnalyzerConfig& config);

}  // namespace ff::convert
