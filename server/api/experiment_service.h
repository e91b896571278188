// ff.v1.ExperimentService over the coordinator's verbs. Thread-safe.
#pragma once

#include "ff/v1/sweep.grpc.pb.h"
#include "server/api/door.h"
#include "server/coordinator/coordinator.h"

namespace ff::api {

class ExperimentService final : public v1::ExperimentService::Service {
 public:
  // `door` and `coordinator` outlive the service.
  ExperimentService(const Door* door, coordinator::Coordinator* coordinator)
      : door_(door), coordinator_(coordinator) {}

  grpc::Status ListExperiments(grpc::ServerContext* context,
                               const v1::ListExperimentsRequest* request,
                               v1::ListExperimentsResponse* response) override;
  grpc::Status GetExperiment(grpc::ServerContext* context, const v1::ExperimentRequest* request,
                             v1::Experiment* response) override;
  grpc::Status RetryExperiment(grpc::ServerContext* context,
                               const v1::RetryExperimentRequest* request,
                               v1::RetryExperimentResponse* response) override;
  grpc::Status ListCurves(grpc::ServerContext* context, const v1::ListCurvesRequest* request,
                          v1::ListCurvesResponse* response) override;
  grpc::Status ListAttempts(grpc::ServerContext* context, const v1::ListAttemptsRequest* request,
                            v1::ListAttemptsResponse* response) override;
  grpc::Status ListMeasurements(grpc::ServerContext* context,
                                const v1::ListMeasurementsRequest* request,
                                v1::ListMeasurementsResponse* response) override;
  grpc::Status ListSystemSamples(grpc::ServerContext* context,
                                 const v1::ListSystemSamplesRequest* request,
                                 v1::ListSystemSamplesResponse* response) override;
  grpc::Status DeleteExperiment(grpc::ServerContext* context,
                                const v1::DeleteExperimentRequest* request,
                                v1::Deletion* response) override;
  grpc::Status GetLogs(grpc::ServerContext* context, const v1::GetLogsRequest* request,
                       v1::GetLogsResponse* response) override;
  grpc::Status ListEvents(grpc::ServerContext* context, const v1::ListEventsRequest* request,
                          v1::ListEventsResponse* response) override;

 private:
  const Door* const door_;
  coordinator::Coordinator* const coordinator_;
};

}  // namespace ff::api
