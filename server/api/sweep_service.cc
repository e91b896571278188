#include "server/api/sweep_service.h"

#include "server/api/reply.h"
#include "server/convert/sweep.h"
#include "server/convert/sweep_spec.h"

namespace ff::api {
namespace {

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

}  // namespace

grpc::Status SweepService::ReadSpec(grpc::ServerContext* context,
                                    const v1::ReadSpecRequest* request,
                                    v1::ReadSpecResponse* response) {
  return door_->Admit(
      context, "SweepService.ReadSpec", *request, [&](const access::Caller&) -> grpc::Status {
        return Reply(read_spec_(*request), response, [](const auto& read) { return read; });
      });
}

grpc::Status SweepService::PlanSweep(grpc::ServerContext* context,
                                     const v1::PlanSweepRequest* request,
                                     v1::SweepPreview* response) {
  return door_->Admit(context, "SweepService.PlanSweep", *request,
                      [&](const access::Caller&) -> grpc::Status {
                        const absl::StatusOr<SweepSpec> spec = convert::FromProto(request->spec());
                        if (!spec.ok()) return wire::ToGrpc(spec.status());
                        return Reply(coordinator_->PlanSweep(*spec), response, kToProto);
                      });
}

grpc::Status SweepService::PlanNext(grpc::ServerContext* context,
                                    const v1::PlanNextRequest* request, v1::NextPlan* response) {
  return door_->Admit(
      context, "SweepService.PlanNext", *request, [&](const access::Caller&) -> grpc::Status {
        const absl::StatusOr<Sweep> sweep = coordinator_->GetSweep(request->sweep());
        if (!sweep.ok()) return wire::ToGrpc(sweep.status());
        const absl::StatusOr<v1::SweepSpec> kept = convert::SpecOf(*sweep);
        if (!kept.ok()) return wire::ToGrpc(kept.status());
        const absl::StatusOr<SweepSpec> spec = convert::FromProto(*kept);
        if (!spec.ok()) return wire::ToGrpc(spec.status());
        return Reply(coordinator_->PlanNext(sweep->id, *spec, convert::FromProto(*request)),
                     response, [&](const auto& next) { return convert::ToProto(next, *kept); });
      });
}

grpc::Status SweepService::CreateSweep(grpc::ServerContext* context,
                                       const v1::CreateSweepRequest* request,
                                       v1::CreateSweepResponse* response) {
  return door_->Admit(
      context, "SweepService.CreateSweep", *request,
      [&](const access::Caller& caller) -> grpc::Status {
        const absl::StatusOr<SweepSpec> spec = convert::FromProto(request->spec());
        if (!spec.ok()) return wire::ToGrpc(spec.status());
        return Reply(
            coordinator_->CreateSweep(request->name(), *spec, request->must_be_new(),
                                      request->no_cache(), request->request_id(), caller.trace_id),
            response, kToProto);
      });
}

grpc::Status SweepService::ListSweeps(grpc::ServerContext* context,
                                      const v1::ListSweepsRequest* request,
                                      v1::ListSweepsResponse* response) {
  return door_->Admit(context, "SweepService.ListSweeps", *request,
                      [&](const access::Caller&) -> grpc::Status {
                        return Reply(coordinator_->ListSweeps(request->limit(), request->offset()),
                                     response, kToProto);
                      });
}

grpc::Status SweepService::GetSweep(grpc::ServerContext* context, const v1::SweepRequest* request,
                                    v1::Sweep* response) {
  return door_->Admit(context, "SweepService.GetSweep", *request,
                      [&](const access::Caller&) -> grpc::Status {
                        return Reply(coordinator_->GetSweep(request->sweep()), response, kToProto);
                      });
}

grpc::Status SweepService::PauseSweep(grpc::ServerContext* context, const v1::SweepRequest* request,
                                      v1::Sweep* response) {
  return door_->Admit(context, "SweepService.PauseSweep", *request,
                      [&](const access::Caller& caller) -> grpc::Status {
                        return Reply(
                            coordinator_->PauseSweep(request->sweep(), caller.By(request->by()),
                                                     request->if_version()),
                            response, kToProto);
                      });
}

grpc::Status SweepService::ResumeSweep(grpc::ServerContext* context,
                                       const v1::SweepRequest* request, v1::Sweep* response) {
  return door_->Admit(context, "SweepService.ResumeSweep", *request,
                      [&](const access::Caller& caller) -> grpc::Status {
                        return Reply(
                            coordinator_->ResumeSweep(request->sweep(), caller.By(request->by()),
                                                      request->if_version()),
                            response, kToProto);
                      });
}

grpc::Status SweepService::CancelSweep(grpc::ServerContext* context,
                                       const v1::SweepRequest* request, v1::Sweep* response) {
  return door_->Admit(context, "SweepService.CancelSweep", *request,
                      [&](const access::Caller& caller) -> grpc::Status {
                        return Reply(
                            coordinator_->CancelSweep(request->sweep(), caller.By(request->by()),
                                                      request->if_version()),
                            response, kToProto);
                      });
}

grpc::Status SweepService::UpdateSweep(grpc::ServerContext* context,
                                       const v1::UpdateSweepRequest* request, v1::Sweep* response) {
  return door_->Admit(
      context, "SweepService.UpdateSweep", *request,
      [&](const access::Caller& caller) -> grpc::Status {
        return Reply(coordinator_->UpdateSweep(request->sweep(), convert::FromProto(*request),
                                               caller.By(request->by()), request->if_version()),
                     response, kToProto);
      });
}

grpc::Status SweepService::DeleteSweep(grpc::ServerContext* context,
                                       const v1::DeleteSweepRequest* request,
                                       v1::Deletion* response) {
  return door_->Admit(
      context, "SweepService.DeleteSweep", *request,
      [&](const access::Caller& caller) -> grpc::Status {
        return Reply(coordinator_->DeleteSweep(
                         request->sweep(),
                         {caller.By(request->by()), request->if_version(), request->dry_run()}),
                     response, kToProto);
      });
}

grpc::Status SweepService::ImportSweep(grpc::ServerContext* context,
                                       const v1::ImportSweepRequest* request,
                                       v1::ImportSweepResponse* response) {
  return door_->Admit(
      context, "SweepService.ImportSweep", *request, [&](const access::Caller&) -> grpc::Status {
        return Reply(coordinator_->ImportSweep(request->name(), request->sweep_json(),
                                               request->results_json()),
                     response, kToProto);
      });
}

grpc::Status SweepService::ExportSweep(grpc::ServerContext* context,
                                       const v1::ExportSweepRequest* request,
                                       v1::ExportSweepResponse* response) {
  return door_->Admit(context, "SweepService.ExportSweep", *request,
                      [&](const access::Caller&) -> grpc::Status {
                        return Reply(coordinator_->ExportSweep(request->sweep(), request->format()),
                                     response, kToProto);
                      });
}

}  // namespace ff::api
