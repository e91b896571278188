// Statuses that carry the `kind` of the protocol's `failed` report. Pure; thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace ff::trainer {

// The kind of an error that is another rank's (rank_group.h); never reported.
inline constexpr char kOtherRank[] = "other_rank";

// `kind`: out_of_memory | diverged | bad_plan | bad_data | device | internal.
absl::Status Failure(absl::string_view kind, absl::string_view message);
// Keeps code and message of `status`; an OK status stays one.
absl::Status WithKind(absl::Status status, absl::string_view kind);
std::string FailureKind(const absl::Status& status);  // internal where none was given

}  // namespace ff::trainer
