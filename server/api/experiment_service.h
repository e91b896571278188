// ff.v1.ExperimentService over the coordinator's verbs. Thread-safe.
#pragma once

#include "ff/v1/sweep.grpc.pb.h"
#include "server/coordinator/coordinator.h"

namespace ff::api {

class ExperimentService final : public v1::ExperimentService::Service {
 public:
  // `coordinator` outlives the service.
  explicit ExperimentService(coordinator::Coordinator* coordinator) : coordinator_(coordinator) {}

  grpc::Status ListExperiments(grpc::ServerContext*, const v1::ListExperimentsRequest* request,
                               v1::ListExperimentsResponse* response) override;
  grpc::Status GetExperiment(grpc::ServerContext*, const v1::ExperimentRequest* request,
                             v1::Experiment* response) override;
  grpc::Status RetryExperiment(grpc::ServerContext*, const v1::RetryExperimentRequest* request,
                               v1::RetryExperimentResponse* response) override;
  grpc::Status ListCurves(grpc::ServerContext*, const v1::ListCurvesRequest* request,
                          v1::ListCurvesResponse* response) override;
  grpc::Status ListAttempts(grpc::ServerContext*, const v1::ListAttemptsRequest* request,
                            v1::ListAttemptsResponse* response) override;
  grpc::Status ListMeasurements(grpc::ServerContext*, const v1::ListMeasurementsRequest* request,
                                v1::ListMeasurementsResponse* response) override;
  grpc::Status ListSystemSamples(grpc::ServerContext*, const v1::ListSystemSamplesRequest* request,
                                 v1::ListSystemSamplesResponse* response) override;
  grpc::Status DeleteExperiment(grpc::ServerContext*, const v1::DeleteExperimentRequest* request,
                                v1::Deletion* response) override;
  grpc::Status GetLogs(grpc::ServerContext*, const v1::GetLogsRequest* request,
                       v1::GetLogsResponse* response) override;
  grpc::Status ListEvents(grpc::ServerContext*, const v1::ListEventsRequest* request,
                          v1::ListEventsResponse* response) override;

 private:
  coordinator::Coordinator* const coordinator_;
};

}  // namespace ff::api
