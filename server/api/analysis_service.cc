#include "server/api/analysis_service.h"

#include "server/api/reply.h"
#include "server/convert/analysis.h"

namespace ff::api {
namespace {

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

}  // namespace

grpc::Status AnalysisService::AnalyzeSweep(grpc::ServerContext* context,
                                           const v1::AnalyzeSweepRequest* request,
                                           v1::Fit* response) {
  return door_->Admit(
      context, "AnalysisService.AnalyzeSweep", *request,
      [&](const access::Caller&) -> grpc::Status {
        const v1::AnalyzerConfig& config = request->has_config() ? request->config() : defaults_;
        const absl::StatusOr<AnalyzeOptions> options = convert::FromProto(config);
        if (!options.ok()) return wire::ToGrpc(options.status());
        return Reply(coordinator_->AnalyzeSweep(request->sweep(), *options), response, kToProto);
      });
}

grpc::Status AnalysisService::GetFit(grpc::ServerContext* context, const v1::GetFitRequest* request,
                                     v1::Fit* response) {
  return door_->Admit(
      context, "AnalysisService.GetFit", *request, [&](const access::Caller&) -> grpc::Status {
        return Reply(coordinator_->GetAnalysis(request->sweep()), response, kToProto);
      });
}

grpc::Status AnalysisService::Predict(grpc::ServerContext* context,
                                      const v1::PredictRequest* request,
                                      v1::PredictResponse* response) {
  return door_->Admit(
      context, "AnalysisService.Predict", *request, [&](const access::Caller&) -> grpc::Status {
        const std::vector<double> targets(request->target_compute().begin(),
                                          request->target_compute().end());
        return Reply(coordinator_->Predict(request->sweep(), targets), response, kToProto);
      });
}

grpc::Status AnalysisService::GetFigure(grpc::ServerContext* context,
                                        const v1::GetFigureRequest* request,
                                        v1::GetFigureResponse* response) {
  return door_->Admit(
      context, "AnalysisService.GetFigure", *request, [&](const access::Caller&) -> grpc::Status {
        const coordinator::FigureRequest figure = {.sweep = request->sweep(),
                                                   .figure = request->figure(),
                                                   .style = request->style(),
                                                   .x_axis = request->x_axis(),
                                                   .experiment = request->experiment(),
                                                   .other_sweep = request->other_sweep()};
        return Reply(coordinator_->GetFigure(figure), response, [](const std::string& plotly) {
          v1::GetFigureResponse proto;
          proto.set_plotly_json(plotly);
          return proto;
        });
      });
}

}  // namespace ff::api
