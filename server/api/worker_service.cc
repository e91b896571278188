#include "server/api/worker_service.h"

#include "server/api/reply.h"
#include "server/convert/worker.h"

namespace ff::api {
namespace {

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

}  // namespace

grpc::Status WorkerService::Synchronize(grpc::ServerContext*, const v1::SynchronizeRequest* request,
                                        v1::SynchronizeResponse* response) {
  const absl::StatusOr<WorkerReport> report = convert::FromProto(*request);
  if (!report.ok()) return wire::ToGrpc(report.status());
  return Reply(coordinator_->SynchronizeWorker(*report), response, kToProto);
}

grpc::Status WorkerService::ListWorkers(grpc::ServerContext*, const v1::ListWorkersRequest*,
                                        v1::ListWorkersResponse* response) {
  return Reply(coordinator_->ListWorkers(), response, kToProto);
}

grpc::Status WorkerService::DrainWorker(grpc::ServerContext*, const v1::DrainWorkerRequest* request,
                                        v1::Worker* response) {
  return Reply(
      coordinator_->DrainWorker(request->worker(), convert::Patience(*request), request->by()),
      response, kToProto);
}

grpc::Status WorkerService::UncordonWorker(grpc::ServerContext*,
                                           const v1::UncordonWorkerRequest* request,
                                           v1::Worker* response) {
  return Reply(coordinator_->UncordonWorker(request->worker(), request->device(), request->by()),
               response, kToProto);
}

grpc::Status WorkerService::QuarantineWorker(grpc::ServerContext*,
                                             const v1::QuarantineWorkerRequest* request,
                                             v1::Worker* response) {
  return Reply(coordinator_->QuarantineWorker(request->worker(), request->device(), request->by()),
               response, kToProto);
}

}  // namespace ff::api
