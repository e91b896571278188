// What a user asks for, from the wire to the planner: PlannerConfig becomes the structs of
// server/domain/sweep.h, TrainerConfig fills the recipe that all experiments share, and
// the message itself is kept as JSON. Keys that only the client reads (paths, resume,
// output) stay in that JSON alone. Pure.
#pragma once

#include "absl/status/statusor.h"
#include "ff/v1/sweep.pb.h"
#include "server/domain/sweep.h"

namespace ff::convert {

// INVALID_ARGUMENT: planner, trainer or dataset is missing, or the analyzer's words are unknown.
absl::StatusOr<SweepSpec> FromProto(const v1::SweepSpec& proto);

// The spec that SweepSpec::source keeps. DATA_LOSS: `source` is not its JSON.
absl::StatusOr<v1::SweepSpec> ParseSpecSource(const std::string& source);

// The spec of a sweep that was planned here. FAILED_PRECONDITION: an imported one has none.
absl::StatusOr<v1::SweepSpec> SpecOf(const Sweep& sweep);

}  // namespace ff::convert
