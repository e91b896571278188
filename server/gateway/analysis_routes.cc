#include "absl/strings/ascii.h"
#include "ff/v1/analysis.pb.h"
#include "server/convert/analysis.h"
#include "server/convert/json.h"
#include "server/gateway/query.h"
#include "server/gateway/reply.h"
#include "server/gateway/routes.h"

namespace ff::gateway {
namespace {

using coordinator::Coordinator;

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

// The body's keys go over the defaults; an empty body is all defaults.
Response Analyze(const RouteContext& context, const Request& request, const PathParams& params) {
  v1::AnalyzerConfig config = context.analyzer_defaults;
  if (!absl::StripAsciiWhitespace(request.body).empty()) {
    if (auto status = convert::MergeJson(request.body, &config); !status.ok()) {
      return ErrorReply(status);
    }
  }
  const absl::StatusOr<AnalyzeOptions> options = convert::FromProto(config);
  if (!options.ok()) return ErrorReply(options.status());
  return Reply(context.coordinator->AnalyzeSweep(params.at("sweep"), *options), kToProto);
}

// ?compute=1e15, or several: ?compute=1e15,1e16
Response Predict(Coordinator* coordinator, const Request& request, const PathParams& params) {
  const absl::StatusOr<std::vector<double>> targets = Numbers(request, "compute");
  if (!targets.ok()) return ErrorReply(targets.status());
  if (targets->empty()) {
    return ErrorReply(absl::InvalidArgumentError("say what to predict for, as ?compute=1e15"));
  }
  return Reply(coordinator->Predict(params.at("sweep"), *targets), kToProto);
}

// ?style=paper&x=tokens&experiment=&other=
Response Figure(Coordinator* coordinator, const Request& request, const PathParams& params) {
  coordinator::FigureRequest figure;
  figure.sweep = params.at("sweep");
  figure.figure = params.at("figure");
  figure.style = Word(request, "style");
  figure.x_axis = Word(request, "x");
  figure.experiment = Word(request, "experiment");
  figure.other_sweep = Word(request, "other");
  return Reply(coordinator->GetFigure(figure), [](const std::string& plotly) {
    v1::GetFigureResponse response;
    response.set_plotly_json(plotly);
    return response;
  });
}

}  // namespace

void AddAnalysisRoutes(const RouteContext& context, Router* router) {
  Coordinator* const coordinator = context.coordinator;
  router->Add("POST", "/api/v1/sweeps/{sweep}:analyze",
              {.rpc = "AnalysisService.AnalyzeSweep",
               .summary = "Estimate the sweep's law anew; what the body leaves out is by default",
               .body = v1::AnalyzerConfig::descriptor(),
               .answer = v1::Fit::descriptor()},
              [=](const Request& request, const PathParams& params) {
                return Analyze(context, request, params);
              });
  router->Add(
      "GET", "/api/v1/sweeps/{sweep}/fit",
      {.rpc = "AnalysisService.GetFit",
       .summary = "The newest law with what was estimated beside it",
       .query = {{"optional", "boolean", "an empty answer where there is none yet"}},
       .answer = v1::Fit::descriptor()},
      [=](const Request& request, const PathParams& params) {
        const auto analysis = coordinator->GetAnalysis(params.at("sweep"));
        // A page that looks for the first law is not in error.
        const bool waits = Word(request, "optional") == "1" && absl::IsNotFound(analysis.status());
        return waits && coordinator->GetSweep(params.at("sweep")).ok() ? JsonReply(v1::Fit())
                                                                       : Reply(analysis, kToProto);
      });
  router->Add("GET", "/api/v1/sweeps/{sweep}/predict",
              {.rpc = "AnalysisService.Predict",
               .summary = "What each law says for a compute budget",
               .query = {{"compute", "string", "FLOP; several separated by commas"}},
               .answer = v1::PredictResponse::descriptor()},
              [=](const Request& request, const PathParams& params) {
                return Predict(coordinator, request, params);
              });
  router->Add("GET", "/api/v1/sweeps/{sweep}/figures/{figure}",
              {.rpc = "AnalysisService.GetFigure",
               .summary = "A figure as plotly JSON",
               .query = {{"style", "string", "paper, notebook or dark"},
                         {"x", "string", "loss_curves: step, tokens, flops or seconds"},
                         {"experiment", "string", "loss_curves: of one experiment"},
                         {"other", "string", "law_comparison: the second sweep"}},
               .answer = v1::GetFigureResponse::descriptor()},
              [=](const Request& request, const PathParams& params) {
                return Figure(coordinator, request, params);
              });
}

}  // namespace ff::gateway
