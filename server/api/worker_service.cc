#include "server/api/worker_service.h"

#include "server/api/reply.h"
#include "server/convert/worker.h"

namespace ff::api {
namespace {

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

}  // namespace

grpc::Status WorkerService::Synchronize(grpc::ServerContext* context,
                                        const v1::SynchronizeRequest* request,
                                        v1::SynchronizeResponse* response) {
  return door_->Admit(
      context, "WorkerService.Synchronize", *request,
      [&](const access::Caller& caller) -> grpc::Status {
        absl::StatusOr<WorkerReport> report = convert::FromProto(*request);
        if (!report.ok()) return wire::ToGrpc(report.status());
        if (absl::Status owned = door_->access().CheckWorker(caller, report->worker.id);
            !owned.ok()) {
          return wire::ToGrpc(owned);
        }
        // A certificate names the worker, whatever it calls itself.
        if (caller.role == Role::kWorker && caller.credential_id.empty())
          report->worker.name = caller.name;
        return Reply(coordinator_->SynchronizeWorker(*report), response, kToProto);
      });
}

grpc::Status WorkerService::ListWorkers(grpc::ServerContext* context,
                                        const v1::ListWorkersRequest* request,
                                        v1::ListWorkersResponse* response) {
  return door_->Admit(context, "WorkerService.ListWorkers", *request,
                      [&](const access::Caller&) -> grpc::Status {
                        return Reply(coordinator_->ListWorkers(), response, kToProto);
                      });
}

grpc::Status WorkerService::DrainWorker(grpc::ServerContext* context,
                                        const v1::DrainWorkerRequest* request,
                                        v1::Worker* response) {
  return door_->Admit(
      context, "WorkerService.DrainWorker", *request,
      [&](const access::Caller& caller) -> grpc::Status {
        return Reply(coordinator_->DrainWorker(request->worker(), convert::Patience(*request),
                                               caller.By(request->by())),
                     response, kToProto);
      });
}

grpc::Status WorkerService::UncordonWorker(grpc::ServerContext* context,
                                           const v1::UncordonWorkerRequest* request,
                                           v1::Worker* response) {
  return door_->Admit(context, "WorkerService.UncordonWorker", *request,
                      [&](const access::Caller& caller) -> grpc::Status {
                        return Reply(
                            coordinator_->UncordonWorker(request->worker(), request->device(),
                                                         caller.By(request->by())),
                            response, kToProto);
                      });
}

grpc::Status WorkerService::QuarantineWorker(grpc::ServerContext* context,
                                             const v1::QuarantineWorkerRequest* request,
                                             v1::Worker* response) {
  return door_->Admit(context, "WorkerService.QuarantineWorker", *request,
                      [&](const access::Caller& caller) -> grpc::Status {
                        return Reply(
                            coordinator_->QuarantineWorker(request->worker(), request->device(),
                                                           caller.By(request->by())),
                            response, kToProto);
                      });
}

}  // namespace ff::api
