// The gRPC door: the services, health and reflection on one address.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ff/v1/config.pb.h"
#include "grpcpp/server.h"
#include "server/api/access_service.h"
#include "server/api/analysis_service.h"
#include "server/api/door.h"
#include "server/api/experiment_service.h"
#include "server/api/file_service.h"
#include "server/api/sweep_service.h"
#include "server/api/system_service.h"
#include "server/api/worker_service.h"
#include "server/daemon/listen_address.h"

namespace ff::daemon {

// What the door speaks: contents of PEM files, all empty without TLS; client_ca may be empty with
// it.
struct GrpcOptions {
  std::string certificate, key, client_ca;
  absl::Duration handshake_time = absl::Seconds(20);
};

class GrpcServer {
 public:
  // `coordinator`, `access` and `files` outlive the server.
  GrpcServer(coordinator::Coordinator* coordinator, coordinator::AccessControl* access,
             files::FileStore* files, v1::AnalyzerConfig analyzer_defaults,
             convert::SpecReader read_spec, std::function<convert::ServerInfo()> info,
             GrpcOptions options);
  ~GrpcServer();  // stops

  // Returns the address with the port really taken. FAILED_PRECONDITION or UNAVAILABLE
  // where it cannot be had, with the reason and what to do.
  absl::StatusOr<ListenAddress> Start(const ListenAddress& address);

  // Takes no more calls, gives those under way ten seconds.
  void Stop();

 private:
  absl::StatusOr<ListenAddress> Listen(const ListenAddress& address);

  const GrpcOptions options_;
  const api::Door door_;
  api::AccessService access_;
  api::SweepService sweeps_;
  api::ExperimentService experiments_;
  api::WorkerService workers_;
  api::AnalysisService analysis_;
  api::SystemService system_;
  api::FileService files_;
  api::BackupService backup_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace ff::daemon
