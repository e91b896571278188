// From what a user types to an id. Pure but for the view it reads.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/storage/store.h"

namespace ff::coordinator {

// An id, a unique prefix of one, a name, or "@latest". NOT_FOUND with near names where there
// are some; INVALID_ARGUMENT with the candidates where it fits more than one.
absl::StatusOr<std::string> ResolveSweep(storage::View& view, const std::string& text);

// An id or a unique prefix of one, in this sweep; where `sweep` is empty, in the newest
// sweep that has it. Errors as above.
absl::StatusOr<storage::ExperimentFacts> ResolveExperiment(storage::View& view,
                                                           const std::string& sweep,
                                                           const std::string& experiment);

// ABORTED: the sweep's version is not this one, which is not 0. What was decided on what a sweep
// was is not done to what it has become.
absl::Status CheckVersion(const Sweep& sweep, int64_t if_version);

// Single-character edits (Levenshtein) between two words.
size_t EditDistance(const std::string& a, const std::string& b);

}  // namespace ff::coordinator
