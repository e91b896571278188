// The coordinator's figures in Prometheus' text format (version 0.0.4). Pure.
#pragma once

#include "server/coordinator/coordinator.h"
#include "server/gateway/message.h"

namespace ff::gateway {

Response MetricsReply(const coordinator::Metrics& metrics);

}  // namespace ff::gateway
