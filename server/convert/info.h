// What a running coordinator says of itself, to proto. Pure.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "ff/v1/analysis.pb.h"
#include "server/coordinator/coordinator.h"

namespace ff::convert {

// Of who starts workers as jobs of a batch system.
struct ProvisioningInfo {
  std::string kind;
  int running = 0, pending = 0, wanted = 0, max = 0;
  std::string message;
  bool failing = false;
};

// Facts of the process, as the daemon knows them once it listens.
struct ServerInfo {
  std::string version;
  int pid = 0;
  absl::Time started_at;
  std::string grpc_address;  // HOST:PORT with the port really taken, or unix:PATH
  std::string http_address;  // HOST:PORT; empty: no HTTP
  std::string database;      // path of the SQLite file
  std::optional<ProvisioningInfo> provisioning;
};

v1::Info ToProto(const ServerInfo& server, const coordinator::Statistics& statistics);

}  // namespace ff::convert
