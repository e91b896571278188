#include "server/api/sweep_service.h"

#include "server/api/reply.h"
#include "server/convert/sweep.h"
#include "server/convert/sweep_spec.h"

namespace ff::api {
namespace {

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

}  // namespace

grpc::Status SweepService::ReadSpec(grpc::ServerContext*, const v1::ReadSpecRequest* request,
                                    v1::ReadSpecResponse* response) {
  return Reply(read_spec_(*request), response, [](const auto& read) { return read; });
}

grpc::Status SweepService::PlanSweep(grpc::ServerContext*, const v1::PlanSweepRequest* request,
                                     v1::SweepPreview* response) {
  const absl::StatusOr<SweepSpec> spec = convert::FromProto(request->spec());
  if (!spec.ok()) return wire::ToGrpc(spec.status());
  return Reply(coordinator_->PlanSweep(*spec), response, kToProto);
}

grpc::Status SweepService::PlanNext(grpc::ServerContext*, const v1::PlanNextRequest* request,
                                    v1::NextPlan* response) {
  const absl::StatusOr<Sweep> sweep = coordinator_->GetSweep(request->sweep());
  if (!sweep.ok()) return wire::ToGrpc(sweep.status());
  const absl::StatusOr<v1::SweepSpec> kept = convert::SpecOf(*sweep);
  if (!kept.ok()) return wire::ToGrpc(kept.status());
  const absl::StatusOr<SweepSpec> spec = convert::FromProto(*kept);
  if (!spec.ok()) return wire::ToGrpc(spec.status());
  return Reply(coordinator_->PlanNext(sweep->id, *spec, convert::FromProto(*request)), response,
               [&](const auto& next) { return convert::ToProto(next, *kept); });
}

grpc::Status SweepService::CreateSweep(grpc::ServerContext*, const v1::CreateSweepRequest* request,
                                       v1::CreateSweepResponse* response) {
  const absl::StatusOr<SweepSpec> spec = convert::FromProto(request->spec());
  if (!spec.ok()) return wire::ToGrpc(spec.status());
  return Reply(coordinator_->CreateSweep(request->name(), *spec, request->must_be_new(),
                                         request->no_cache(), request->request_id()),
               response, kToProto);
}

grpc::Status SweepService::ListSweeps(grpc::ServerContext*, const v1::ListSweepsRequest* request,
                                      v1::ListSweepsResponse* response) {
  return Reply(coordinator_->ListSweeps(request->limit(), request->offset()), response, kToProto);
}

grpc::Status SweepService::GetSweep(grpc::ServerContext*, const v1::SweepRequest* request,
                                    v1::Sweep* response) {
  return Reply(coordinator_->GetSweep(request->sweep()), response, kToProto);
}

grpc::Status SweepService::PauseSweep(grpc::ServerContext*, const v1::SweepRequest* request,
                                      v1::Sweep* response) {
  return Reply(coordinator_->PauseSweep(request->sweep(), request->by(), request->if_version()),
               response, kToProto);
}

grpc::Status SweepService::ResumeSweep(grpc::ServerContext*, const v1::SweepRequest* request,
                                       v1::Sweep* response) {
  return Reply(coordinator_->ResumeSweep(request->sweep(), request->by(), request->if_version()),
               response, kToProto);
}

grpc::Status SweepService::CancelSweep(grpc::ServerContext*, const v1::SweepRequest* request,
                                       v1::Sweep* response) {
  return Reply(coordinator_->CancelSweep(request->sweep(), request->by(), request->if_version()),
               response, kToProto);
}

grpc::Status SweepService::UpdateSweep(grpc::ServerContext*, const v1::UpdateSweepRequest* request,
                                       v1::Sweep* response) {
  return Reply(coordinator_->UpdateSweep(request->sweep(), convert::FromProto(*request),
                                         request->by(), request->if_version()),
               response, kToProto);
}

grpc::Status SweepService::DeleteSweep(grpc::ServerContext*, const v1::DeleteSweepRequest* request,
                                       v1::Deletion* response) {
  return Reply(coordinator_->DeleteSweep(
                   request->sweep(), {request->by(), request->if_version(), request->dry_run()}),
               response, kToProto);
}

grpc::Status SweepService::ImportSweep(grpc::ServerContext*, const v1::ImportSweepRequest* request,
                                       v1::ImportSweepResponse* response) {
  return Reply(
      coordinator_->ImportSweep(request->name(), request->sweep_json(), request->results_json()),
      response, kToProto);
}

grpc::Status SweepService::ExportSweep(grpc::ServerContext*, const v1::ExportSweepRequest* request,
                                       v1::ExportSweepResponse* response) {
  return Reply(coordinator_->ExportSweep(request->sweep(), request->format()), response, kToProto);
}

}  // namespace ff::api
