// Domain values that are kept as JSON text in a column: every number reads back exactly
// as it was. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/fit.h"
#include "server/domain/plan.h"
#include "server/domain/sweep.h"
#include "server/domain/worker.h"

namespace ff::storage {

std::string PlanToJson(const Plan& plan);
std::string FitToJson(const Fit& fit);  // created_at has a column of its own
std::string DroppedToJson(const std::vector<DroppedCell>& dropped);
std::string DevicesToJson(const std::vector<Device>& devices);
std::string WordsToJson(const std::vector<std::string>& words);
std::string StoredToJson(const StoredCheckpoint& checkpoint);

// DATA_LOSS: not what the functions above write.
absl::StatusOr<Plan> PlanFromJson(const std::string& text);
absl::StatusOr<Fit> FitFromJson(const std::string& text);
absl::StatusOr<std::vector<DroppedCell>> DroppedFromJson(const std::string& text);
absl::StatusOr<std::vector<Device>> DevicesFromJson(const std::string& text);
absl::StatusOr<std::vector<std::string>> WordsFromJson(const std::string& text);
absl::StatusOr<StoredCheckpoint> StoredFromJson(const std::string& text);

}  // namespace ff::storage
