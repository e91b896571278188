// ff.v1.AnalysisService over the coordinator's verbs. Thread-safe.
#pragma once

#include "ff/v1/analysis.grpc.pb.h"
#include "server/api/door.h"
#include "server/coordinator/coordinator.h"

namespace ff::api {

class AnalysisService final : public v1::AnalysisService::Service {
 public:
  // `door` and `coordinator` outlive the service. A request without config is analysed by
  // `defaults`.
  AnalysisService(const Door* door, coordinator::Coordinator* coordinator,
                  v1::AnalyzerConfig defaults)
      : door_(door), coordinator_(coordinator), defaults_(std::move(defaults)) {}

  grpc::Status AnalyzeSweep(grpc::ServerContext* context, const v1::AnalyzeSweepRequest* request,
                            v1::Fit* response) override;
  grpc::Status GetFit(grpc::ServerContext* context, const v1::GetFitRequest* request,
                      v1::Fit* response) override;
  grpc::Status Predict(grpc::ServerContext* context, const v1::PredictRequest* request,
                       v1::PredictResponse* response) override;
  grpc::Status GetFigure(grpc::ServerContext* context, const v1::GetFigureRequest* request,
                         v1::GetFigureResponse* response) override;

 private:
  const Door* const door_;
  coordinator::Coordinator* const coordinator_;
  const v1::AnalyzerConfig defaults_;
};

}  // namespace ff::api
