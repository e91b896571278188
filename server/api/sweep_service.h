// ff.v1.SweepService over the coordinator's verbs. Thread-safe.
#pragma once

#include <utility>

#include "ff/v1/sweep.grpc.pb.h"
#include "server/api/door.h"
#include "server/convert/spec_reader.h"
#include "server/coordinator/coordinator.h"

namespace ff::api {

class SweepService final : public v1::SweepService::Service {
 public:
  // `door` and `coordinator` outlive the service.
  SweepService(const Door* door, coordinator::Coordinator* coordinator,
               convert::SpecReader read_spec)
      : door_(door), coordinator_(coordinator), read_spec_(std::move(read_spec)) {}

  grpc::Status ReadSpec(grpc::ServerContext* context, const v1::ReadSpecRequest* request,
                        v1::ReadSpecResponse* response) override;
  grpc::Status PlanSweep(grpc::ServerContext* context, const v1::PlanSweepRequest* request,
                         v1::SweepPreview* response) override;
  grpc::Status PlanNext(grpc::ServerContext* context, const v1::PlanNextRequest* request,
                        v1::NextPlan* response) override;
  grpc::Status CreateSweep(grpc::ServerContext* context, const v1::CreateSweepRequest* request,
                           v1::CreateSweepResponse* response) override;
  grpc::Status ListSweeps(grpc::ServerContext* context, const v1::ListSweepsRequest* request,
                          v1::ListSweepsResponse* response) override;
  grpc::Status GetSweep(grpc::ServerContext* context, const v1::SweepRequest* request,
                        v1::Sweep* response) override;
  grpc::Status PauseSweep(grpc::ServerContext* context, const v1::SweepRequest* request,
                          v1::Sweep* response) override;
  grpc::Status ResumeSweep(grpc::ServerContext* context, const v1::SweepRequest* request,
                           v1::Sweep* response) override;
  grpc::Status CancelSweep(grpc::ServerContext* context, const v1::SweepRequest* request,
                           v1::Sweep* response) override;
  grpc::Status UpdateSweep(grpc::ServerContext* context, const v1::UpdateSweepRequest* request,
                           v1::Sweep* response) override;
  grpc::Status DeleteSweep(grpc::ServerContext* context, const v1::DeleteSweepRequest* request,
                           v1::Deletion* response) override;
  grpc::Status ImportSweep(grpc::ServerContext* context, const v1::ImportSweepRequest* request,
                           v1::ImportSweepResponse* response) override;
  grpc::Status ExportSweep(grpc::ServerContext* context, const v1::ExportSweepRequest* request,
                           v1::ExportSweepResponse* response) override;

 private:
  const Door* const door_;
  coordinator::Coordinator* const coordinator_;
  const convert::SpecReader read_spec_;
};

}  // namespace ff::api
