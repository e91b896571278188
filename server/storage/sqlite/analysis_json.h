// An analysis as the JSON text that is stored beside its fit, and how one is asked for, and back.
// Numbers survive exactly; residuals of single runs are not kept (they follow from law and runs).
// Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/analysis.h"

namespace ff::storage {

// Everything but `fit`, which has a column of its own.
std::string AnalysisToJson(const Analysis& analysis);
// DATA_LOSS: text that this program did not write.
absl::StatusOr<Analysis> AnalysisFromJson(const std::string& text);

// A field that a stored text does not have is as AnalyzeOptions has it. `threads` is not kept.
std::string AnalyzeOptionsToJson(const AnalyzeOptions& options);
absl::StatusOr<AnalyzeOptions> AnalyzeOptionsFromJson(const std::string& text);

}  // namespace ff::storage
