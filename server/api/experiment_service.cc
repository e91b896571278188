#include "server/api/experiment_service.h"

#include "server/api/reply.h"
#include "server/convert/experiment.h"
#include "server/convert/sweep.h"
#include "server/convert/time.h"

namespace ff::api {
namespace {

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

grpc::Status Negative(const char* field) {
  return wire::ToGrpc(absl::InvalidArgumentError(std::string(field) + " must not be negative"));
}

}  // namespace

grpc::Status ExperimentService::ListExperiments(grpc::ServerContext* context,
                                                const v1::ListExperimentsRequest* request,
                                                v1::ListExperimentsResponse* response) {
  return door_->Admit(
      context, "ExperimentService.ListExperiments", *request,
      [&](const access::Caller&) -> grpc::Status {
        const absl::StatusOr<coordinator::ExperimentQuery> query = convert::FromProto(*request);
        if (!query.ok()) return wire::ToGrpc(query.status());
        return Reply(coordinator_->ListExperiments(request->sweep(), *query), response,
                     [&](const auto& page) { return convert::ToProto(page, request->brief()); });
      });
}

grpc::Status ExperimentService::ListCurves(grpc::ServerContext* context,
                                           const v1::ListCurvesRequest* request,
                                           v1::ListCurvesResponse* response) {
  return door_->Admit(
      context, "ExperimentService.ListCurves", *request,
      [&](const access::Caller&) -> grpc::Status {
        return Reply(coordinator_->ListCurves(request->sweep(), convert::FromProto(*request)),
                     response, kToProto);
      });
}

grpc::Status ExperimentService::ListAttempts(grpc::ServerContext* context,
                                             const v1::ListAttemptsRequest* request,
                                             v1::ListAttemptsResponse* response) {
  return door_->Admit(context, "ExperimentService.ListAttempts", *request,
                      [&](const access::Caller&) -> grpc::Status {
                        if (request->limit() < 0) return Negative("limit");
                        return Reply(coordinator_->ListAttempts(
                                         request->sweep(), request->after_id(), request->limit()),
                                     response, kToProto);
                      });
}

grpc::Status ExperimentService::GetExperiment(grpc::ServerContext* context,
                                              const v1::ExperimentRequest* request,
                                              v1::Experiment* response) {
  return door_->Admit(context, "ExperimentService.GetExperiment", *request,
                      [&](const access::Caller&) -> grpc::Status {
                        return Reply(
                            coordinator_->GetExperiment(request->sweep(), request->experiment()),
                            response, kToProto);
                      });
}

grpc::Status ExperimentService::RetryExperiment(grpc::ServerContext* context,
                                                const v1::RetryExperimentRequest* request,
                                                v1::RetryExperimentResponse* response) {
  return door_->Admit(
      context, "ExperimentService.RetryExperiment", *request,
      [&](const access::Caller& caller) -> grpc::Status {
        return Reply(coordinator_->RetryExperiment(request->sweep(), request->experiment(),
                                                   caller.By(request->by()), request->if_version()),
                     response, kToProto);
      });
}

grpc::Status ExperimentService::ListMeasurements(grpc::ServerContext* context,
                                                 const v1::ListMeasurementsRequest* request,
                                                 v1::ListMeasurementsResponse* response) {
  return door_->Admit(
      context, "ExperimentService.ListMeasurements", *request,
      [&](const access::Caller&) -> grpc::Status {
        if (request->max_points() < 0) return Negative("max_points");
        return Reply(coordinator_->ListMeasurements(request->sweep(), request->experiment(),
                                                    request->after_seq(), request->max_points()),
                     response, kToProto);
      });
}

grpc::Status ExperimentService::ListSystemSamples(grpc::ServerContext* context,
                                                  const v1::ListSystemSamplesRequest* request,
                                                  v1::ListSystemSamplesResponse* response) {
  return door_->Admit(context, "ExperimentService.ListSystemSamples", *request,
                      [&](const access::Caller&) -> grpc::Status {
                        const absl::Time since = request->has_since()
                                                     ? convert::FromProto(request->since())
                                                     : absl::InfinitePast();
                        return Reply(coordinator_->ListSystemSamples(request->sweep(),
                                                                     request->experiment(), since),
                                     response, kToProto);
                      });
}

grpc::Status ExperimentService::DeleteExperiment(grpc::ServerContext* context,
                                                 const v1::DeleteExperimentRequest* request,
                                                 v1::Deletion* response) {
  return door_->Admit(
      context, "ExperimentService.DeleteExperiment", *request,
      [&](const access::Caller& caller) -> grpc::Status {
        return Reply(coordinator_->DeleteExperiment(
                         request->sweep(), request->experiment(),
                         {caller.By(request->by()), request->if_version(), request->dry_run()}),
                     response, kToProto);
      });
}

grpc::Status ExperimentService::GetLogs(grpc::ServerContext* context,
                                        const v1::GetLogsRequest* request,
                                        v1::GetLogsResponse* response) {
  return door_->Admit(context, "ExperimentService.GetLogs", *request,
                      [&](const access::Caller&) -> grpc::Status {
                        return Reply(coordinator_->GetLogs(request->sweep(), request->experiment(),
                                                           convert::FromProto(*request)),
                                     response, kToProto);
                      });
}

grpc::Status ExperimentService::ListEvents(grpc::ServerContext* context,
                                           const v1::ListEventsRequest* request,
                                           v1::ListEventsResponse* response) {
  return door_->Admit(
      context, "ExperimentService.ListEvents", *request,
      [&](const access::Caller&) -> grpc::Status {
        if (request->limit() < 0) return Negative("limit");
        return Reply(coordinator_->ListEvents(request->sweep(), request->experiment(),
                                              {request->after_seq(), request->limit(),
                                               request->newest_first(), request->sweep_only()}),
                     response, kToProto);
      });
}

}  // namespace ff::api
