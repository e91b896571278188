// What the daemon runs with: the loaded configuration, checked as far as that is possible
// before anything starts. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ff/v1/config.pb.h"
#include "server/coordinator/access_control.h"
#include "server/coordinator/coordinator.h"
#include "server/daemon/grpc_server.h"
#include "server/daemon/listen_address.h"
#include "server/gateway/http_server.h"
#include "server/provisioner/jobs.h"
#include "server/provisioner/slurm.h"
#include "server/storage/sqlite/sqlite_store.h"

namespace ff::daemon {

// Worker jobs of Slurm.
struct Provisioning {
  provisioner::SlurmOptions slurm;
  provisioner::Limits limits;
  absl::Duration poll;
};

struct Settings {
  ListenAddress grpc;
  std::optional<ListenAddress> http;
  std::string database;
  storage::SqliteOptions sqlite;
  coordinator::Options coordinator;
  v1::AnalyzerConfig analyzer_defaults;
  double min_free_bytes = 0;  // where the database lies; below it nothing new is started
  std::string files_path;     // datasets and checkpoints on their way
  double files_max_bytes = 0;
  std::string web_root;  // empty: no dashboard's files found
  std::string log_level, log_format;
  std::optional<Provisioning> provisioning;  // none: workers are not this program's to start
  coordinator::AccessOptions access;
  std::string admin_token_file;
  GrpcOptions grpc_options;
  gateway::HttpOptions http_options;
  // Doors that others can reach without TLS or credentials, by insecure_public; empty: none.
  std::vector<std::string> exposed;
};

// INVALID_ARGUMENT: an address that is malformed or exposed without leave, a lease shorter
// than the interval that renews it, a retry rule that makes no sense, a web_root without
// index.html, jobs that could not start or not find their way back, TLS files that can't be read or
// don't belong together.
absl::StatusOr<Settings> MakeSettings(const v1::FlopsFitConfig& config, const std::string& version);

}  // namespace ff::daemon
