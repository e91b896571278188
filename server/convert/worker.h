// What agents say and are told, between domain and proto. Pure.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "ff/v1/worker.pb.h"
#include "server/domain/worker.h"

namespace ff::convert {

v1::Device ToProto(const Device& device);
Device FromProto(const v1::Device& device);
v1::StoredCheckpoint ToProto(const StoredCheckpoint& checkpoint);
StoredCheckpoint FromProto(const v1::StoredCheckpoint& checkpoint);

// INVALID_ARGUMENT: no worker id, an attempt state or measurement kind that does not exist,
// a finished attempt without result, a failed one without failure.
absl::StatusOr<WorkerReport> FromProto(const v1::SynchronizeRequest& request);

v1::Lease ToProto(const Lease& lease);
v1::SynchronizeResponse ToProto(const WorkerOrders& orders);
v1::Worker ToProto(const Worker& worker);
// Infinite where the deadline is negative.
absl::Duration Patience(const v1::DrainWorkerRequest& request);
v1::ListWorkersResponse ToProto(const std::vector<Worker>& workers);

}  // namespace ff::convert
