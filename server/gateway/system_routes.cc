#include "server/convert/worker.h"
#include "server/gateway/query.h"
#include "server/gateway/reply.h"
#include "server/gateway/routes.h"

namespace ff::gateway {
namespace {

Response Ok() {
  return {200, "text/plain; charset=utf-8", "ok\n", {{"Cache-Control", "no-store"}}};
}

const auto kToProto = [](const auto& answer) { return convert::ToProto(answer); };

// ?deadline_seconds=600; without it everything goes on to its end.
Response DrainWorker(coordinator::Coordinator* coordinator, const Request& request,
                     const PathParams& params) {
  const absl::StatusOr<std::vector<double>> seconds = Numbers(request, "deadline_seconds");
  if (!seconds.ok()) return ErrorReply(seconds.status());
  v1::DrainWorkerRequest drain;
  drain.set_deadline_seconds(seconds->empty() ? -1 : seconds->front());
  return Reply(coordinator->DrainWorker(params.at("worker"), convert::Patience(drain)), kToProto);
}

}  // namespace

void AddSystemRoutes(const RouteContext& context, Router* router) {
  coordinator::Coordinator* const coordinator = context.coordinator;
  router->Add("GET", "/healthz", [](const Request&, const PathParams&) { return Ok(); });
  router->Add("GET", "/readyz", [=](const Request&, const PathParams&) {
    const auto statistics = coordinator->GetStatistics();
    return statistics.ok() ? Ok() : ErrorReply(503, statistics.status());
  });
  router->Add("GET", "/api/v1/info",
              [coordinator, info = context.server_info](const Request&, const PathParams&) {
                return Reply(coordinator->GetStatistics(), [&](const auto& statistics) {
                  return convert::ToProto(info(), statistics);
                });
              });
  router->Add("GET", "/api/v1/workers", [=](const Request&, const PathParams&) {
    return Reply(coordinator->ListWorkers(),
                 [](const auto& workers) { return convert::ToProto(workers); });
  });
  router->Add("POST", "/api/v1/workers/{worker}:drain",
              [=](const Request& request, const PathParams& params) {
                return DrainWorker(coordinator, request, params);
              });
  router->Add("POST", "/api/v1/workers/{worker}:uncordon",
              [=](const Request& request, const PathParams& params) {
                return Reply(
                    coordinator->UncordonWorker(params.at("worker"), Word(request, "device")),
                    kToProto);
              });
}

}  // namespace ff::gateway
