// From the coordinator's plan to what a trainer is told: the plan without protobuf, and
// the path of its data on this host. Stateless; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ff/v1/experiment.pb.h"
#include "worker/protocol/plan.h"

namespace ff::agent {

protocol::Plan PlanForTrainer(const v1::Plan& plan);

// plan.data_path if it is a file here, else the file of its name in the first of `folders`
// that has one; empty for modes that read no data. NOT_FOUND: names both the path and the
// configuration key.
absl::StatusOr<std::string> FindData(const v1::Plan& plan, const std::vector<std::string>& folders);

}  // namespace ff::agent
