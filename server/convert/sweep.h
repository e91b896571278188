// Sweeps and what the planner says of them, domain to proto. Pure.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "ff/v1/sweep.pb.h"
#include "server/coordinator/coordinator.h"
#include "server/domain/sweep.h"

namespace ff::convert {

v1::StateCounts ToProto(const StateCounts& counts);
v1::BudgetProgress ToProto(const BudgetProgress& progress);
v1::DroppedCell ToProto(const DroppedCell& cell);
v1::Scheduling ToProto(const SchedulingSpec& scheduling);
coordinator::SchedulingChange FromProto(const v1::UpdateSweepRequest& request);

// The whole sweep. DATA_LOSS: its stored spec cannot be read.
absl::StatusOr<v1::Sweep> ToProto(const Sweep& sweep);

// Without spec and dropped cells, as lists carry it.
v1::ListSweepsResponse ToProto(const coordinator::SweepPage& page);

v1::SweepPreview ToProto(const coordinator::SweepPreview& preview);
// `spec`: the sweep's own; the reply's has the proposed cells besides.
v1::NextPlan ToProto(const coordinator::NextPlan& next, v1::SweepSpec spec);
coordinator::NextOptions FromProto(const v1::PlanNextRequest& request);
// The next two say DATA_LOSS as above.
absl::StatusOr<v1::CreateSweepResponse> ToProto(const coordinator::CreateSweepOutcome& outcome);
absl::StatusOr<v1::ImportSweepResponse> ToProto(const coordinator::ImportOutcome& outcome);
v1::Deletion ToProto(const coordinator::Deletion& deletion);
v1::ExportSweepResponse ToProto(const coordinator::Export& exported);

}  // namespace ff::convert
