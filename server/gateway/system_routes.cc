#include "server/convert/worker.h"
#include "server/gateway/reply.h"
#include "server/gateway/routes.h"

namespace ff::gateway {
namespace {

Response Ok() {
  return {200, "text/plain; charset=utf-8", "ok\n", {{"Cache-Control", "no-store"}}};
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
}

}  // namespace ff::gateway
