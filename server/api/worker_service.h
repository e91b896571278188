// ff.v1.WorkerService over the coordinator's verbs. Thread-safe.
#pragma once

#include "ff/v1/worker.grpc.pb.h"
#include "server/api/door.h"
#include "server/coordinator/coordinator.h"

namespace ff::api {

class WorkerService final : public v1::WorkerService::Service {
 public:
  // `door` and `coordinator` outlive the service.
  WorkerService(const Door* door, coordinator::Coordinator* coordinator)
      : door_(door), coordinator_(coordinator) {}

  grpc::Status Synchronize(grpc::ServerContext* context, const v1::SynchronizeRequest* request,
                           v1::SynchronizeResponse* response) override;
  grpc::Status ListWorkers(grpc::ServerContext* context, const v1::ListWorkersRequest* request,
                           v1::ListWorkersResponse* response) override;
  grpc::Status DrainWorker(grpc::ServerContext* context, const v1::DrainWorkerRequest* request,
                           v1::Worker* response) override;
  grpc::Status QuarantineWorker(grpc::ServerContext* context,
                                const v1::QuarantineWorkerRequest* request,
                                v1::Worker* response) override;
  grpc::Status UncordonWorker(grpc::ServerContext* context,
                              const v1::UncordonWorkerRequest* request,
                              v1::Worker* response) override;

 private:
  const Door* const door_;
  coordinator::Coordinator* const coordinator_;
};

}  // namespace ff::api
