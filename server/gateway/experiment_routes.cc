#include "server/convert/experiment.h"
#include "server/gateway/query.h"
#include "server/gateway/reply.h"
#include "server/gateway/routes.h"

namespace ff::gateway {
namespace {

using coordinator::Coordinator;

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

// ?state=running,failed&limit=50&offset=100
Response List(Coordinator* coordinator, const Request& request, const PathParams& params) {
  std::vector<ExperimentState> states;
  for (const std::string& word : Words(request, "state")) {
    const absl::StatusOr<ExperimentState> state = convert::ParseExperimentState(word);
    if (!state.ok()) return ErrorReply(state.status());
    states.push_back(*state);
  }
  const absl::StatusOr<int> limit = SmallCount(request, "limit");
  if (!limit.ok()) return ErrorReply(limit.status());
  const absl::StatusOr<int> offset = SmallCount(request, "offset");
  if (!offset.ok()) return ErrorReply(offset.status());
  return Reply(coordinator->ListExperiments(params.at("sweep"), states, *limit, *offset), kToProto);
}

Response Measurements(Coordinator* coordinator, const Request& request, const PathParams& params) {
  const absl::StatusOr<int64_t> after = Count(request, "after_seq");
  if (!after.ok()) return ErrorReply(after.status());
  const absl::StatusOr<int> max_points = SmallCount(request, "max_points");
  if (!max_points.ok()) return ErrorReply(max_points.status());
  return Reply(coordinator->ListMeasurements(params.at("sweep"), params.at("experiment"), *after,
                                             *max_points),
               kToProto);
}

Response Logs(Coordinator* coordinator, const Request& request, const PathParams& params) {
  const absl::StatusOr<int64_t> attempt = Count(request, "attempt");
  if (!attempt.ok()) return ErrorReply(attempt.status());
  return Reply(coordinator->GetLogs(params.at("sweep"), params.at("experiment"), *attempt),
               kToProto);
}

// ?after_seq=&limit=&experiment=
Response Events(Coordinator* coordinator, const Request& request, const PathParams& params) {
  const absl::StatusOr<int64_t> after = Count(request, "after_seq");
  if (!after.ok()) return ErrorReply(after.status());
  const absl::StatusOr<int> limit = SmallCount(request, "limit");
  if (!limit.ok()) return ErrorReply(limit.status());
  return Reply(
      coordinator->ListEvents(params.at("sweep"), Word(request, "experiment"), *after, *limit),
      kToProto);
}

}  // namespace

void AddExperimentRoutes(const RouteContext& context, Router* router) {
  Coordinator* const coordinator = context.coordinator;
  const auto add = [&](const char* method, const std::string& path, auto handler) {
    router->Add(method, "/api/v1/sweeps/{sweep}/" + path,
                [=](const Request& request, const PathParams& params) {
                  return handler(coordinator, request, params);
                });
  };
  add("GET", "experiments", List);
  add("GET", "experiments/{experiment}",
      [](Coordinator* coordinator, const Request&, const PathParams& params) {
        return Reply(coordinator->GetExperiment(params.at("sweep"), params.at("experiment")),
                     kToProto);
      });
  add("POST", "experiments/{experiment}:retry",
      [](Coordinator* coordinator, const Request&, const PathParams& params) {
        return Reply(coordinator->RetryExperiment(params.at("sweep"), params.at("experiment")),
                     kToProto);
      });
  add("GET", "experiments/{experiment}/measurements", Measurements);
  add("GET", "experiments/{experiment}/logs", Logs);
  add("GET", "events", Events);
}

}  // namespace ff::gateway
